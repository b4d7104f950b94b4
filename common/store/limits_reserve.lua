-- Reserves amounts of several limits, all or nothing (script.h tells the arguments).
local ENFORCED, ONLY_NEW = {[1] = true, [3] = true}, {[2] = true, [3] = true}

-- Milliseconds until `amount` fits. What is reserved counts as if it were committed now: most will.
local function room_in(v, i, limit, amount)
  if amount > limit then
    return -1
  end
  local used, age = v[i + 4] + v[i + 5] + v[i + 7], 0
  local older = v[i + 6] ~= '' and open(v[i + 6]) or {}
  for j = 1, #older, 2 do
    used = used - older[j + 1]
    if used + amount <= limit then
      age = older[j]
      break
    end
  end
  return max(1, math.ceil((v[i + 3] - age + SLICES + 1) * v[i + 1] / SLICES) - now)
end

-- Adds the amounts (slot's place, amount, ...) to a subject's reservation.
local function add(v, mark, expires, amounts)
  local entry = take(v, mark) or {expires}
  if entry[1] < expires then
    entry[1] = expires
  end
  for j = 1, #amounts, 2 do
    local slot, k = (amounts[j] - HEAD - 1) / WIDTH, 2
    while entry[k] and entry[k] ~= slot do
      k = k + 2
    end
    entry[k], entry[k + 1] = slot, (entry[k + 1] or 0) + amounts[j + 1]
  end
  for k = 2, #entry, 2 do
    local sum = HEAD + 8 + entry[k] * WIDTH
    v[sum] = v[sum] + entry[k + 1]
  end
  v[2] = v[4] == '' and entry[1] or min(v[2], entry[1])
  v[3] = max(v[3], entry[1])
  v[4] = v[4] .. mark .. pack(entry)
end

-- Looks whether the charges of one subject fit, from args[a] on. Returns the row of what shall be
-- reserved; whether all enforced ones fit, and whether one at all does not.
local function weigh(v, args, a, out, new)
  local amounts, n, fits, full, guess = {}, 0, true, false, HEAD + 1
  for c = a + 1, a + 5 * args[a], 5 do
    local limit, amount, flags = args[c + 2], args[c + 3], args[c + 4]
    local i = place(v, args[c], args[c + 1], guess)
    local used = v[i + 4] + v[i + 5] + v[i + 7]
    v[i + 2], guess = limit, i + WIDTH
    if amount == 0 or (new == 0 and ONLY_NEW[flags]) then
      amount = 0
    elseif used + amount <= limit then
      amounts[n + 1], amounts[n + 2], n = i, amount, n + 2
    else
      full, fits = true, fits and not ENFORCED[flags]
      local at = #out
      out[at + 1], out[at + 2], out[at + 3] = -1 - used, room_in(v, i, limit, amount), refused(v, i, 1)
      used = nil
    end
    if used and v[i + 8] == '' then
      out[#out + 1] = used
    elseif used then
      local at = #out
      out[at + 1], out[at + 2], out[at + 3] = -1 - used, 0, refused(v, i, 0)
    end
  end
  return amounts, fits, full
end

local new, args = 0, {open(ARGV[4])}

local function reserve(values, count)
  local subjects, amounts, full, out, a, all = {}, {}, {}, {1, new}, 1, true
  for k = 1, count do
    local v, fits = load(values[k]), nil
    expire(v)
    amounts[k], fits, full[k] = weigh(v, args, a, out, new)
    subjects[k], a, all = v, a + 1 + 5 * args[a], all and fits
  end
  local mark, expires = pack(ARGV[1]), now + ARGV[2]
  for k = 1, count do
    if all and amounts[k][1] then
      add(subjects[k], mark, expires, amounts[k])
      save(KEYS[k], subjects[k])
    elseif full[k] then
      save(KEYS[k], subjects[k])
    end
  end
  out[1] = all and 1 or 0
  return out
end

if ARGV[3] == '' then
  return run(#KEYS, reserve)
end
new = redis.pcall('SISMEMBER', KEYS[#KEYS], ARGV[3]) == 1 and 0 or 1
return run(#KEYS - 1, reserve)
