-- How many wrong guesses are remembered. KEYS: sets of them. Returns the size of each.
local sizes = {}
for i, key in ipairs(KEYS) do
  sizes[i] = redis.call('HLEN', key)
end
return sizes
