-- Remembers a wrong guess. KEYS: sets of guesses. ARGV: the guess, most guesses of a set, then for
-- each set: milliseconds that it lives from its first guess on, the size at which it blocks,
-- milliseconds that it lives from then on. Returns for each set its size and whether the guess is
-- new there.
local guess, most = ARGV[1], tonumber(ARGV[2])

local result = {}
for i, key in ipairs(KEYS) do
  local window, full, block = ARGV[3 * i], tonumber(ARGV[3 * i + 1]), ARGV[3 * i + 2]
  local size = redis.call('HLEN', key)
  local new = 0
  if size < most then
    new = redis.call('HSETNX', key, guess, '1')
  end
  size = size + new
  if new == 1 and size == full then
    redis.call('PEXPIRE', key, block)
  elseif new == 1 and size == 1 then
    redis.call('PEXPIRE', key, window)
  end
  result[2 * i - 1] = size
  result[2 * i] = new
end
return result
