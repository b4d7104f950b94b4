-- Adds ARGV[1] good and ARGV[2] bad thousandths to what KEYS[1] remembers ("good bad time"), after
-- that has decayed to the server's time with a half-life of ARGV[3] seconds. Integers below 2^53,
-- so that decaying_weights.cc computes the same digits.
local ONE, MOST = 4194304, 1000000000
local ROOTS = {4182963, 4171652, 4149123, 4104429, 4016479, 3846194, 3526975, 2965821}

local function decayed(weight, steps)
  local factor, rest = ONE, steps % 256
  for _, root in ipairs(ROOTS) do
    if rest % 2 == 1 then
      factor = math.floor(factor * root / ONE)
    end
    rest = math.floor(rest / 2)
  end
  weight = math.floor((weight * factor + ONE / 2) / ONE)
  return math.floor(weight / 2 ^ math.min(31, math.floor(steps / 256)))
end

local function number(digits)
  return digits and #digits <= 11 and tonumber(digits)
end

local now, half_life = tonumber(redis.call('TIME')[1]), math.max(1, tonumber(ARGV[3]))
local good, bad, at = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+) (%d+) (%d+)$')
good, bad, at = number(good), number(bad), number(at)
if not (good and bad and at) or good > MOST or bad > MOST then
  good, bad, at = 0, 0, now
end

local steps = math.floor(math.max(0, now - at) * 256 / half_life)
good = decayed(good, steps) + math.min(MOST, math.max(0, tonumber(ARGV[1])))
bad = decayed(bad, steps) + math.min(MOST, math.max(0, tonumber(ARGV[2])))
at = at + math.ceil(steps * half_life / 256)
if good > MOST or bad > MOST then
  good, bad = math.floor(good / 2), math.floor(bad / 2)
end

local half_lives, left = 1, good + bad
while left >= 100 and half_lives < 10 do
  half_lives, left = half_lives + 1, math.floor(left / 2)
end
redis.call('SET', KEYS[1], string.format('%.0f %.0f %.0f', good, bad, at), 'EX',
           string.format('%.0f', half_lives * half_life))
return {good, bad, at}
