-- Version and generation of administrative state (0: no mark), and how many fields it has.
local mark = redis.call('HGET', KEYS[1], '!') or ''
local version, generation = string.match(mark, '^(%d+) (%d+)$')
if not version or #version > 15 or #generation > 15 then
  version, generation = 0, 0
end
return {tonumber(version), tonumber(generation), redis.call('HLEN', KEYS[1])}
