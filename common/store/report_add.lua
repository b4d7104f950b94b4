-- Counts the row ARGV[1] in KEYS[2] and keeps the report's totals in KEYS[1]. A new row beyond
-- ARGV[3] rows or ARGV[4] bytes is counted as left out. ARGV[2] are the addresses seen last; all
-- lives ARGV[5] milliseconds from now. Returns whether it is kept, and whether the report begins.
local begins = 1 - redis.call('EXISTS', KEYS[1])
local kept = redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1
if not kept then
  local rows = tonumber(redis.call('HGET', KEYS[1], 'rows') or 0)
  local bytes = tonumber(redis.call('HGET', KEYS[1], 'bytes') or 0)
  kept = rows < tonumber(ARGV[3]) and bytes + #ARGV[1] <= tonumber(ARGV[4])
  if kept then
    redis.call('HINCRBY', KEYS[1], 'rows', 1)
    redis.call('HINCRBY', KEYS[1], 'bytes', #ARGV[1])
  end
end
if kept then
  redis.call('HINCRBY', KEYS[2], ARGV[1], 1)
  redis.call('PEXPIRE', KEYS[2], ARGV[5])
else
  redis.call('HINCRBY', KEYS[1], 'left_out', 1)
end
redis.call('HSET', KEYS[1], 'addresses', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return {kept and 1 or 0, begins}
