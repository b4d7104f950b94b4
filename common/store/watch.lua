-- What an account does now, and what it usually does. KEYS[1] remembers it, KEYS[2] are the
-- account's known recipients. ARGV[1] says what happened: script.h tells the rest of ARGV and what
-- is returned. Hours are those of the server's clock; what an hour counts fades out over the next
-- one. Counts are in thousandths. script_watch.cc computes the same numbers.
local BITS, ADDRESSES, NETWORKS, COUNTRIES = 512, 8, 8, 4
local MOST, MOST_SUM, LIFE, FAMILIAR = 1e9, 400, 60 * 86400, 1440
-- The places of the array that is kept. What stands before "+ 1" is of this hour (or day), the next
-- one of the hour before.
local VERSION, HOUR, TRIED, NEW, REFUSED, SEEN = 1, 2, 3, 5, 7, 9
local SET, UNION, LEARNED = 11, 12, 13
local MEAN, PEAK, ACTIVE, SUM, SUM_NEW = 14, 15, 16, 17, 18
local DAY, BOUNCES, COMPLAINTS, TRIED_DAY, LEARNED_DAY, PEAK_DAY = 19, 20, 22, 24, 26, 27
local HOURS, PLACES = 28, {{29, ADDRESSES}, {30, NETWORKS}, {31, COUNTRIES}}

local floor, max, min = math.floor, math.max, math.min
local now = tonumber(redis.call('TIME')[1])
local minute, hour, day = floor(now / 60), floor(now / 3600), floor(now / 86400)

local function recall()
  local text = redis.call('GET', KEYS[1])
  local good, s = pcall(cmsgpack.unpack, text or '')
  if good and type(s) == 'table' and s[VERSION] == 1 and #s == 31 then
    return s
  end
  return {1, hour, 0, 0, 0, 0, 0, 0, '', '', 0, 0, 0, 0, 0, 0, 0, 0, day, 0, 0, 0, 0, 0, 0, 0, 0,
          string.rep('\0', 24), {}, {}, {}}
end

-- One hour or day teaches at most that the account may send twice as much as ever.
local function learn_hour(s)
  if s[LEARNED] == 0 then
    return
  end
  local value = min(s[LEARNED] * 1000, max(20000, 2 * s[PEAK]))
  s[ACTIVE] = min(s[ACTIVE] + 1, 1000)
  local weight = min(s[ACTIVE], 20)
  s[MEAN] = floor((s[MEAN] * (weight - 1) + value) / weight)
  s[PEAK] = max(value, floor(s[PEAK] * 99 / 100))
  s[LEARNED] = 0
end

local function learn_day(s)
  if s[LEARNED_DAY] > 0 then
    local value = min(s[LEARNED_DAY] * 1000, max(80000, 2 * s[PEAK_DAY]))
    s[PEAK_DAY] = max(value, floor(s[PEAK_DAY] * 95 / 100))
    s[LEARNED_DAY] = 0
  end
end

local function shift(s, place, passed, none)
  s[place + 1] = passed == 1 and s[place] or none
  s[place] = none
end

local function move_on(s)
  local passed = hour - s[HOUR]
  if passed ~= 0 and passed ~= -1 then -- a clock that went back a little changes nothing
    learn_hour(s)
    shift(s, TRIED, passed, 0)
    shift(s, NEW, passed, 0)
    shift(s, REFUSED, passed, 0)
    shift(s, SEEN, passed, '')
    s[UNION], s[SET], s[HOUR] = passed == 1 and s[SET] or 0, 0, hour
  end
  passed = day - s[DAY]
  if passed ~= 0 and passed ~= -1 then
    learn_day(s)
    shift(s, TRIED_DAY, passed, 0)
    shift(s, BOUNCES, passed, 0)
    shift(s, COMPLAINTS, passed, 0)
    s[DAY] = day
  end
end

local function add(s, place, by)
  s[place] = min(MOST, s[place] + by)
end

local function has(bits, i)
  return bits ~= '' and bit.band(bits:byte(floor(i / 8) + 1), 2 ^ (i % 8)) ~= 0
end

local function with(bits, i)
  bits = bits == '' and string.rep('\0', BITS / 8) or bits
  local at = floor(i / 8) + 1
  local byte = bit.bor(bits:byte(at), 2 ^ (i % 8))
  return bits:sub(1, at - 1) .. string.char(byte) .. bits:sub(at + 1)
end

-- Remembers a recipient of this hour. Returns the weight with which it counts, 0 where it was seen
-- already. As bits fill up, each new one stands for more recipients than one.
local function see(s, recipient)
  if s[UNION] >= BITS then
    return 1000
  end
  local i = recipient % BITS
  local seen, before = has(s[SEEN], i), has(s[SEEN + 1], i)
  local weight = (seen or before) and 0 or floor(1000 * BITS / (BITS - s[UNION]))
  if not seen then
    s[SEEN], s[SET] = with(s[SEEN], i), s[SET] + 1
    s[UNION] = s[UNION] + (before and 0 or 1)
  end
  return weight
end

-- Which entry of a full list goes: the one seen longest ago, of those that are not familiar where
-- there are any.
local function oldest(list)
  local found, found_known
  for i = 1, #list, 3 do
    local known = list[i + 1] ~= 0
    if not found or (found_known and not known) or
       (found_known == known and list[i + 2] < list[found + 2]) then
      found, found_known = i, known
    end
  end
  return found
end

-- Entries of three: name, the minute since when accepted mail came from there (0: not yet), the
-- minute when it was seen last.
local function visit(list, most, name, accepted)
  if name == 0 then
    return
  end
  local at
  for i = 1, #list, 3 do
    at = list[i] == name and i or at
  end
  if not at then
    at = #list < 3 * most and #list + 1 or oldest(list)
    list[at], list[at + 1] = name, 0
  end
  list[at + 2] = minute
  if accepted and list[at + 1] == 0 then
    list[at + 1] = minute
  end
end

local function visit_all(s, first, accepted)
  for i, place in ipairs(PLACES) do
    visit(s[place[1]], place[2], tonumber(ARGV[first + i - 1]), accepted)
  end
end

local function learn_time(s)
  local at, bytes = hour % 24 + 1, {s[HOURS]:byte(1, 24)}
  if bytes[at] > 251 then
    for i = 1, 24 do
      bytes[i] = floor(bytes[i] / 2)
    end
  end
  bytes[at] = bytes[at] + 4
  s[HOURS] = string.char(unpack(bytes))
end

local function learn_recipients(s, recipients, new)
  if recipients > 200 then
    recipients, new = 200, floor(new * 200 / recipients)
  end
  s[SUM], s[SUM_NEW] = s[SUM] + recipients, s[SUM_NEW] + min(new, recipients)
  if s[SUM] > MOST_SUM then
    s[SUM], s[SUM_NEW] = floor(s[SUM] / 2), floor(s[SUM_NEW] / 2)
  end
end

local function at_recipient(s)
  local known = redis.call('SISMEMBER', KEYS[2], ARGV[2]) == 1
  local weight = see(s, tonumber(ARGV[2]))
  add(s, TRIED, weight)
  add(s, TRIED_DAY, weight)
  add(s, NEW, known and 0 or weight)
  add(s, REFUSED, ARGV[3] == '1' and weight or 0)
  visit_all(s, 4, false)
  return known and 0 or 1
end

local function at_commit(s)
  local learn = ARGV[7] == '1'
  visit_all(s, 4, learn)
  if learn then
    local recipients, new = min(MOST, tonumber(ARGV[2])), min(MOST, tonumber(ARGV[3]))
    add(s, LEARNED, recipients)
    add(s, LEARNED_DAY, recipients)
    learn_recipients(s, recipients, new)
    learn_time(s)
  end
  return 0
end

local function feedback(s)
  add(s, BOUNCES, min(MOST, tonumber(ARGV[2])) * 1000)
  add(s, COMPLAINTS, min(MOST, tonumber(ARGV[3])) * 1000)
  return 0
end

-- Somebody looked and found it right: what is seen now is familiar from now on.
local function forgive(s)
  for _, place in ipairs({TRIED, NEW, REFUSED, TRIED_DAY, BOUNCES, COMPLAINTS}) do
    s[place], s[place + 1] = 0, 0
  end
  s[SEEN], s[SEEN + 1], s[SET], s[UNION] = '', '', 0, 0
  for _, place in ipairs(PLACES) do
    for i = 2, #s[place[1]], 3 do
      s[place[1]][i] = minute - FAMILIAR
    end
  end
  return 0
end

local function recent(s, place, span, at)
  local left = min(span, max(0, span - (now - at * span)))
  return floor((s[place] + floor(s[place + 1] * left / span) + 500) / 1000)
end

local function count(list)
  local active, unfamiliar = 0, 0
  for i = 1, #list, 3 do
    if minute - list[i + 2] < 60 then
      active = active + 1
      if list[i + 1] == 0 or minute - list[i + 1] < FAMILIAR then
        unfamiliar = unfamiliar + 1
      end
    end
  end
  return active, unfamiliar
end

local function times(s)
  local total, here, at = 0, 0, hour % 24
  for i = 0, 23 do
    local value = s[HOURS]:byte(i + 1)
    total = total + value
    if i == at or i == (at + 1) % 24 or i == (at + 23) % 24 then
      here = here + value
    end
  end
  return floor(total / 4), total > 0 and floor(here * 1000 / total) or 0
end

local STEPS = {recipient = at_recipient, commit = at_commit, feedback = feedback, forgive = forgive}
local s = recall()
move_on(s)
local new = STEPS[ARGV[1]](s)
redis.call('SET', KEYS[1], cmsgpack.pack(s), 'EX', LIFE)
local addresses = count(s[29])
local networks, new_networks = count(s[30])
local countries, new_countries = count(s[31])
local messages, share = times(s)
return {new, recent(s, TRIED, 3600, s[HOUR]), recent(s, NEW, 3600, s[HOUR]),
        recent(s, REFUSED, 3600, s[HOUR]), addresses, networks, new_networks, countries,
        new_countries, s[MEAN], s[PEAK], s[ACTIVE], s[SUM], s[SUM_NEW], messages, share,
        recent(s, BOUNCES, 86400, s[DAY]), recent(s, COMPLAINTS, 86400, s[DAY]),
        recent(s, TRIED_DAY, 86400, s[DAY]), s[PEAK_DAY]}
