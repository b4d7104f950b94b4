-- Changes fields of administrative state. ARGV[1] is the generation to mark a state with that has
-- no mark, or ""; then "set", name, value or "lift", name, "" for each change, or "expect", name,
-- value for what must be there by then: else nothing is changed, and -1 is returned. The mark is
-- the version, the server's time in milliseconds or more than the last, and the generation. Returns
-- the generation, 0 where the state is not marked.
for i = 2, #ARGV, 3 do
  if ARGV[i] == 'expect' and redis.call('HGET', KEYS[1], ARGV[i + 1]) ~= ARGV[i + 2] then
    return -1
  end
end
for i = 2, #ARGV, 3 do
  if ARGV[i] == 'set' then
    redis.call('HSET', KEYS[1], ARGV[i + 1], ARGV[i + 2])
  elseif ARGV[i] == 'lift' then
    redis.call('HDEL', KEYS[1], ARGV[i + 1])
  end
end
local mark = redis.call('HGET', KEYS[1], '!') or ''
local version, generation = string.match(mark, '^(%d+) (%d+)$')
if not version or #version > 15 or #generation > 15 then
  if ARGV[1] == '' then
    return 0
  end
  version, generation = 0, ARGV[1]
end
local time = redis.call('TIME')
version = math.max(time[1] * 1000 + math.floor(time[2] / 1000), version + 1)
redis.call('HSET', KEYS[1], '!', string.format('%.0f ', version) .. generation)
return tonumber(generation)
