-- What limits_reserve, limits_settle and limits_reset share; CMake puts it in front of each. A
-- subject is a row of values, each in MessagePack (limit_state.h tells it for readers):
--   1: form; 2, 3: when the first and the last reservation expire; 4: reservations, a row of
--   ID, {expires, slot number, amount ...}; from 5 on, WIDTH for each slot:
--   name, window, limit, newest slice, its amount, sum of older slices, those as [age, amount ...],
--   sum reserved, attempts refused as [slice, attempts ...]
-- An operation touches the newest slice and the sums; what is in strings is opened only where a
-- slice or a reservation ends, and on refusal.
local FORM, HEAD, WIDTH, SLICES = 1, 4, 9, 60
local max, min, call = math.max, math.min, redis.call
local pack, open, open_one = cmsgpack.pack, cmsgpack.unpack, cmsgpack.unpack_one
local time = call('TIME')
local now = time[1] * 1000 + (time[2] - time[2] % 1000) / 1000

local function is_subject(v)
  if v[1] ~= FORM or (#v - HEAD) % WIDTH ~= 0 then
    return false
  end
  for i = 1, #v do
    local part = i > HEAD and (i - HEAD - 1) % WIDTH or -i
    if part == -4 or part == 0 or part == 6 or part == 8 then
      if type(v[i]) ~= 'string' then
        return false
      end
    elseif type(v[i]) ~= 'number' or not (v[i] >= 0 and v[i] < 2 ^ 53) then
      return false
    end
  end
  return true
end

local function load(value)
  if not value then
    return {FORM, 0, 0, ''}
  end
  local v = {open(value)}
  return v[1] == FORM and (#v - HEAD) % WIDTH == 0 and v or error()
end

local function slice_now(window)
  local slice = now * SLICES / window
  return slice - slice % 1
end

-- Drops reservations whose life is over, and adds up the others.
local function expire(v)
  if v[4] == '' or now < v[2] then
    return
  end
  local blob, kept, first, last, at = v[4], {}, nil, 0, 0
  for i = HEAD + 1, #v, WIDTH do
    v[i + 7] = 0
  end
  while at >= 0 do
    local start, entry = at, nil
    at = open_one(blob, at)
    at, entry = open_one(blob, at)
    if entry[1] > now then
      kept[#kept + 1] = string.sub(blob, start + 1, at)  -- at the end `at` is -1
      first, last = min(first or entry[1], entry[1]), max(last, entry[1])
      for j = 2, #entry, 2 do
        local sum = HEAD + 8 + entry[j] * WIDTH
        v[sum] = v[sum] + entry[j + 1]
      end
    end
  end
  v[2], v[3], v[4] = first or 0, last, table.concat(kept)
end

-- Makes `slice` the newest of a slot. A clock that went back: what counted last counts as of now,
-- so nothing is forgotten early, and nothing stays longer than a window from now on.
local function roll(v, i, slice)
  local gone = slice - v[i + 3]
  v[i + 3] = slice
  if gone <= 0 or v[i + 4] + v[i + 5] == 0 then
    return
  end
  local older, n, sum = {}, 0, 0
  local function keep(age, amount)
    if amount > 0 and age <= SLICES then
      older[n + 1], older[n + 2], n, sum = age, amount, n + 2, sum + amount
    end
  end
  local old = v[i + 6] ~= '' and open(v[i + 6]) or {}
  for j = 1, #old, 2 do
    keep(old[j] + gone, old[j + 1])
  end
  keep(gone, v[i + 4])
  v[i + 4], v[i + 5], v[i + 6] = 0, sum, n > 0 and pack(older) or ''
end

-- Where a slot stands, brought to the present; made where it is not there. `guess`: where it was
-- among its neighbours last time.
local function place(v, name, window, guess)
  local slice, i = slice_now(window), guess
  if v[i] ~= name then
    i = HEAD + 1
    while v[i] and v[i] ~= name do
      i = i + WIDTH
    end
  end
  if v[i + 1] ~= window then
    v[i], v[i + 1], v[i + 2], v[i + 3], v[i + 4] = name, window, 0, slice, 0
    v[i + 5], v[i + 6], v[i + 7], v[i + 8] = 0, '', v[i + 7] or 0, ''
  elseif v[i + 3] ~= slice then
    roll(v, i, slice)
  end
  return i
end

-- Attempts refused in the window, with `more` of now.
local function refused(v, i, more)
  if v[i + 8] == '' and more == 0 then
    return 0
  end
  local slice, kept, n, sum = slice_now(v[i + 1]), {}, 0, 0
  local function keep(at, some)
    if some == 0 or at + SLICES < slice then
      return
    elseif kept[n - 1] == at then
      kept[n] = kept[n] + some
    else
      kept[n + 1], kept[n + 2], n = at, some, n + 2
    end
    sum = sum + some
  end
  local old = v[i + 8] ~= '' and open(v[i + 8]) or {}
  for j = 1, #old, 2 do
    keep(min(old[j], slice), old[j + 1])
  end
  keep(slice, more)
  v[i + 8] = n > 0 and pack(kept) or ''
  return sum
end

-- Takes a reservation out and returns it. `mark` is its packed id.
local function take(v, mark)
  local blob = v[4]
  local from = blob ~= '' and string.find(blob, mark, 1, true)
  if not from then
    return nil
  end
  local after, entry = open_one(blob, from - 1 + #mark)
  v[4] = string.sub(blob, 1, from - 1) .. (after >= 0 and string.sub(blob, after + 1) or '')
  for j = 2, #entry, 2 do
    local sum = HEAD + 8 + entry[j] * WIDTH
    v[sum] = v[sum] - entry[j + 1]
  end
  return entry
end

-- Takes out the slots that hold nothing any more. Returns where the last one ends.
local function sweep(v)
  local last = #v
  for i = last - WIDTH + 1, HEAD + 1, -WIDTH do
    local slice = slice_now(v[i + 1])
    if v[i + 3] ~= slice then
      roll(v, i, slice)
    end
    if v[i + 4] + v[i + 5] == 0 and refused(v, i, 0) == 0 then
      for j = i, last do
        v[j] = v[j + WIDTH]
      end
      last = last - WIDTH
    end
  end
  return last
end

-- Writes a subject. Slots go only when no reservation refers to one by its number.
local function save(key, v)
  local last
  if v[4] == '' then
    v[2], v[3], last = 0, 0, sweep(v)
    if last == HEAD then
      call('DEL', key)
      return
    end
  else
    last = #v
  end
  local longest = 0
  for i = HEAD + 2, last, WIDTH do
    if v[i] > longest then
      longest = v[i]
    end
  end
  local life = math.ceil(longest * (SLICES + 1) / SLICES)
  if v[3] - now > life then
    life = v[3] - now
  end
  call('SET', key, pack(unpack(v, 1, last)), 'PX', life)
end

-- Runs `work` on what the subjects hold. What is no subject of ours counts as nothing: it must not
-- block mail.
local function run(count, work)
  local values = count > 0 and call('MGET', unpack(KEYS, 1, count)) or {}
  local done, result = pcall(work, values, count)
  if done then
    return result
  end
  for k = 1, count do
    local whole, v = pcall(load, values[k])
    if not whole or not is_subject(v) then
      values[k] = false
    end
  end
  done, result = pcall(work, values, count)
  return done and result or work({}, count)
end
