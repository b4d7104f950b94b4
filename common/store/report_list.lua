-- Puts the domain ARGV[1] on the list KEYS[1] of at most ARGV[2], which lives ARGV[3] milliseconds
-- from now. Returns whether it is on the list now, and whether it is new there.
local new = 1 - redis.call('HEXISTS', KEYS[1], ARGV[1])
if new == 1 then
  if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[2]) then
    return {0, 0}
  end
  redis.call('HSET', KEYS[1], ARGV[1], '1')
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {1, new}
