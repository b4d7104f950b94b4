-- Counts what was reserved, or gives it back (script.h tells the arguments).
local SETTLED_LIFE, age, args = 3600000, ARGV[3] + 0, nil

-- Counts an amount `ago` slices before the newest.
local function count_before(v, i, amount, ago)
  local old, older, n = v[i + 6] ~= '' and open(v[i + 6]) or {}, {}, 0
  local function keep(at, some)
    if older[n - 1] == at then
      older[n] = older[n] + some
    else
      older[n + 1], older[n + 2], n = at, some, n + 2
    end
  end
  local j = 1
  while old[j] and old[j] > ago do
    keep(old[j], old[j + 1])
    j = j + 2
  end
  keep(ago, amount)
  for rest = j, #old, 2 do
    keep(old[rest], old[rest + 1])
  end
  v[i + 5], v[i + 6] = v[i + 5] + amount, pack(older)
end

-- Counts an amount as of `age` milliseconds ago, unless that has left the window.
local function count(v, i, amount)
  local slice = (now - age) * SLICES / v[i + 1]
  local ago = v[i + 3] - (slice - slice % 1)
  if ago <= 0 then
    v[i + 4] = v[i + 4] + amount
  elseif ago <= SLICES then
    count_before(v, i, amount, ago)
  end
end

-- Counts what an entry reserved.
local function count_entry(v, entry)
  for j = 2, #entry, 2 do
    local i = HEAD + 1 + entry[j] * WIDTH
    local slice = slice_now(v[i + 1])
    if v[i + 3] ~= slice then
      roll(v, i, slice)
    end
    count(v, i, entry[j + 1])
  end
end

-- Counts what the arguments from args[a] on say.
local function count_arguments(v, a)
  local guess = HEAD + 1
  for c = a + 1, a + 4 * args[a], 4 do
    if args[c + 3] > 0 then
      local i = place(v, args[c], args[c + 1], guess)
      v[i + 2], guess = args[c + 2], i + WIDTH
      count(v, i, args[c + 3])
    end
  end
end

-- Takes back from an entry what the arguments from args[a] on say; keeps the rest.
local function take_back(v, mark, entry, a)
  local rest, n = {entry[1]}, 1
  for j = 2, #entry, 2 do
    local i, left = HEAD + 1 + entry[j] * WIDTH, entry[j + 1]
    for c = a + 1, a + 4 * args[a], 4 do
      if args[c] == v[i] then
        left = max(0, left - args[c + 3])
      end
    end
    if left > 0 then
      rest[n + 1], rest[n + 2], n = entry[j], left, n + 2
      v[i + 7] = v[i + 7] + left
    end
  end
  if n > 1 then
    v[4] = v[4] .. mark .. pack(rest)
  end
end

-- What stands in the arguments is opened only where it is needed.
local function settle(values, subjects)
  local mark, mode, exact, changed, a = pack(ARGV[1]), ARGV[2], ARGV[5] == '1', 0, 1
  args = not exact and {open(ARGV[4])} or nil
  for k = 1, subjects do
    local v = load(values[k])
    expire(v)
    local entry = take(v, mark)
    local counts = mode == 'commit' or mode == 'once' or (entry and mode == 'late')
    if entry and mode == 'return' then
      take_back(v, mark, entry, a)
    elseif counts and entry and exact then
      count_entry(v, entry)
    elseif counts then
      if not args then
        args = {open(ARGV[4])}
        for _ = 2, k do
          a = a + 1 + 4 * args[a]
        end
      end
      count_arguments(v, a)
    end
    if args then
      a = a + 1 + 4 * args[a]
    end
    if entry or counts then
      save(KEYS[k], v)
      changed = changed + 1
    end
  end
  return changed
end

-- Remembers recipients, as integers: a small set of those takes 8 bytes each.
local function remember(key)
  local added = redis.pcall('SADD', key, unpack(ARGV, 8))
  if type(added) == 'table' then  -- it is no set
    call('DEL', key)
    added = call('SADD', key, unpack(ARGV, 8))
  end
  local more = added > 0 and call('SCARD', key) - ARGV[7] or 0
  if more > 0 then
    call('SPOP', key, more)
  end
  call('PEXPIRE', key, ARGV[6])
end

local mode, subjects = ARGV[2], #KEYS
if ARGV[8] then
  subjects = subjects - 1
end
if mode == 'once' then
  if not call('SET', KEYS[subjects], '1', 'NX', 'PX', SETTLED_LIFE) then
    return {0}
  end
  subjects = subjects - 1
end
local changed = run(subjects, settle)
if ARGV[8] and (mode == 'commit' or mode == 'once' or (mode == 'late' and changed > 0)) then
  remember(KEYS[#KEYS])
end
return {changed}
