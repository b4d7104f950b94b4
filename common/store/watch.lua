-- What an account does now, and what it usually does. KEYS[1] remembers it, KEYS[2] are the
-- account's known recipients. ARGV[1] says what happened: script.h tells the rest of ARGV and what
-- is returned. Hours are those of the server's clock; what an hour counts fades out over the next
-- one. Counts are in thousandths. script_watch.cc computes the same numbers. Few functions and
-- tables, as each call makes them anew.
local floor, max, min, call = math.floor, math.max, math.min, redis.call
local BITS, MOST = 512, 1e9
-- Places in the array that is kept. What stands before "+ 1" is of this hour (or day), the next one
-- of the hour before.
local HOUR, TRIED, NEW, REFUSED, SEEN, SET, UNION, LEARNED = 2, 3, 5, 7, 9, 11, 12, 13
local MEAN, PEAK, ACTIVE, SUM, SUM_NEW = 14, 15, 16, 17, 18
local DAY, BOUNCES, COMPLAINTS, TRIED_DAY, LEARNED_DAY, PEAK_DAY = 19, 20, 22, 24, 26, 27
local TIMES, TIMES_SUM, ADDRESSES, NETWORKS, COUNTRIES = 28, 29, 30, 31, 32

local now = tonumber(call('TIME')[1])
local minute, hour, day = floor(now / 60), floor(now / 3600), floor(now / 86400)
local happened, new = ARGV[1], 0

local good, s = pcall(cmsgpack.unpack, call('GET', KEYS[1]) or '')
if not good or type(s) ~= 'table' or s[1] ~= 1 or #s ~= 32 then
  s = {1, hour, 0, 0, 0, 0, 0, 0, '', '', 0, 0, 0, 0, 0, 0, 0, 0, day, 0, 0, 0, 0, 0, 0, 0, 0,
       string.rep('\0', 24), 0, {}, {}, {}}
end

local function add(place, by)
  s[place] = min(MOST, s[place] + by)
end

local function shift(place, passed, none)
  s[place + 1] = passed == 1 and s[place] or none
  s[place] = none
end

-- One hour or day teaches at most that the account may send twice as much as ever. A clock that
-- went back a little changes nothing.
local passed = hour - s[HOUR]
if passed ~= 0 and passed ~= -1 then
  if s[LEARNED] > 0 then
    local value = min(s[LEARNED] * 1000, max(20000, 2 * s[PEAK]))
    s[ACTIVE] = min(s[ACTIVE] + 1, 1000)
    local weight = min(s[ACTIVE], 20)
    s[MEAN] = floor((s[MEAN] * (weight - 1) + value) / weight)
    s[PEAK] = max(value, floor(s[PEAK] * 99 / 100))
    s[LEARNED] = 0
  end
  shift(TRIED, passed, 0)
  shift(NEW, passed, 0)
  shift(REFUSED, passed, 0)
  shift(SEEN, passed, '')
  s[UNION], s[SET], s[HOUR] = passed == 1 and s[SET] or 0, 0, hour
end
passed = day - s[DAY]
if passed ~= 0 and passed ~= -1 then
  if s[LEARNED_DAY] > 0 then
    local value = min(s[LEARNED_DAY] * 1000, max(80000, 2 * s[PEAK_DAY]))
    s[PEAK_DAY] = max(value, floor(s[PEAK_DAY] * 95 / 100))
    s[LEARNED_DAY] = 0
  end
  shift(TRIED_DAY, passed, 0)
  shift(BOUNCES, passed, 0)
  shift(COMPLAINTS, passed, 0)
  s[DAY] = day
end

-- Notes a place. Entries of three: name, the minute since when accepted mail came from there (0:
-- not yet), the minute when it was seen last. In a full list the one goes that was seen longest
-- ago, of those that are not familiar where there are any.
local function visit(list, most, name, accepted)
  name = tonumber(name)
  if name == 0 then
    return
  end
  local at, oldest, rank
  for i = 1, #list, 3 do
    local this = list[i + 2] + (list[i + 1] ~= 0 and MOST or 0)
    if list[i] == name then
      at = i
      break
    elseif not rank or this < rank then
      oldest, rank = i, this
    end
  end
  if not at then
    at = #list < 3 * most and #list + 1 or oldest
    list[at], list[at + 1] = name, 0
  end
  list[at + 2] = minute
  if accepted and list[at + 1] == 0 then
    list[at + 1] = minute
  end
end

if happened == 'recipient' then
  new = call('SISMEMBER', KEYS[2], ARGV[2]) == 1 and 0 or 1
  -- A recipient counts once an hour. As bits fill up, each new one stands for more than one.
  local weight = 1000
  if s[UNION] < BITS then
    local bit_at = tonumber(ARGV[2]) % BITS
    local at, mask, bits, before = floor(bit_at / 8) + 1, 2 ^ (bit_at % 8), s[SEEN], s[SEEN + 1]
    local was = before ~= '' and bit.band(before:byte(at), mask) ~= 0
    bits = bits == '' and string.rep('\0', BITS / 8) or bits
    local byte = bits:byte(at)
    if bit.band(byte, mask) ~= 0 then
      weight = 0
    else
      weight = was and 0 or floor(1000 * BITS / (BITS - s[UNION]))
      s[SEEN] = bits:sub(1, at - 1) .. string.char(byte + mask) .. bits:sub(at + 1)
      s[SET], s[UNION] = s[SET] + 1, s[UNION] + (was and 0 or 1)
    end
  end
  add(TRIED, weight)
  add(TRIED_DAY, weight)
  add(NEW, new * weight)
  add(REFUSED, ARGV[3] == '1' and weight or 0)
end
if happened == 'recipient' or happened == 'commit' then
  local learn = happened == 'commit' and ARGV[7] == '1'
  visit(s[ADDRESSES], 8, ARGV[4], false) -- the latest ones: none is familiar
  visit(s[NETWORKS], 8, ARGV[5], learn)
  visit(s[COUNTRIES], 4, ARGV[6], learn)
  if learn then
    local recipients, new_ones = min(MOST, tonumber(ARGV[2])), min(MOST, tonumber(ARGV[3]))
    add(LEARNED, recipients)
    add(LEARNED_DAY, recipients)
    if recipients > 200 then
      recipients, new_ones = 200, floor(new_ones * 200 / recipients)
    end
    s[SUM], s[SUM_NEW] = s[SUM] + recipients, s[SUM_NEW] + min(new_ones, recipients)
    if s[SUM] > 400 then
      s[SUM], s[SUM_NEW] = floor(s[SUM] / 2), floor(s[SUM_NEW] / 2)
    end
    local at = hour % 24 + 1
    if s[TIMES]:byte(at) > 251 then
      local left = 0
      s[TIMES] = s[TIMES]:gsub('.', function(c)
        left = left + floor(c:byte() / 2)
        return string.char(floor(c:byte() / 2))
      end)
      s[TIMES_SUM] = left
    end
    s[TIMES] = s[TIMES]:sub(1, at - 1) .. string.char(s[TIMES]:byte(at) + 4) .. s[TIMES]:sub(at + 1)
    s[TIMES_SUM] = s[TIMES_SUM] + 4
  end
elseif happened == 'feedback' then
  add(BOUNCES, min(MOST, tonumber(ARGV[2])) * 1000)
  add(COMPLAINTS, min(MOST, tonumber(ARGV[3])) * 1000)
elseif happened == 'forgive' then -- what is seen now is familiar from now on
  for _, place in ipairs({TRIED, NEW, REFUSED, TRIED_DAY, BOUNCES, COMPLAINTS}) do
    s[place], s[place + 1] = 0, 0
  end
  s[SEEN], s[SEEN + 1], s[SET], s[UNION] = '', '', 0, 0
  for place = NETWORKS, COUNTRIES do
    for i = 2, #s[place], 3 do
      s[place][i] = minute - 1440
    end
  end
end
call('SET', KEYS[1], cmsgpack.pack(s), 'EX', 60 * 86400)
if happened == 'commit' then
  return {} -- nobody asks then
end

-- What was seen within an hour, and what of it is not familiar.
local function count(list)
  local active, unfamiliar = 0, 0
  for i = 3, #list, 3 do
    if minute - list[i] < 60 then
      active = active + 1
      if list[i - 1] == 0 or minute - list[i - 1] < 1440 then
        unfamiliar = unfamiliar + 1
      end
    end
  end
  return active, unfamiliar
end

local hour_left = min(3600, max(0, 3600 - (now - s[HOUR] * 3600)))
local day_left = min(86400, max(0, 86400 - (now - s[DAY] * 86400)))
local function of_hour(place)
  return floor((s[place] + floor(s[place + 1] * hour_left / 3600) + 500) / 1000)
end
local function of_day(place)
  return floor((s[place] + floor(s[place + 1] * day_left / 86400) + 500) / 1000)
end

local addresses = count(s[ADDRESSES])
local networks, new_networks = count(s[NETWORKS])
local countries, new_countries = count(s[COUNTRIES])
local times, sum = s[TIMES], s[TIMES_SUM]
local here = times:byte(hour % 24 + 1) + times:byte((hour + 1) % 24 + 1) +
             times:byte((hour + 23) % 24 + 1)
return {new, of_hour(TRIED), of_hour(NEW), of_hour(REFUSED), addresses, networks, new_networks,
        countries, new_countries, s[MEAN], s[PEAK], s[ACTIVE], s[SUM], s[SUM_NEW], floor(sum / 4),
        sum > 0 and floor(here * 1000 / sum) or 0, of_day(BOUNCES), of_day(COMPLAINTS),
        of_day(TRIED_DAY), s[PEAK_DAY]}
