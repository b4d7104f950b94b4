-- Forgets what was counted in the slots ARGV, or in all; what is reserved stays.
local wanted = {}
for _, slot in ipairs(ARGV) do
  wanted[slot] = true
end

local function reset(values, count)
  local there = 0
  for k = 1, count do
    if values[k] then
      local v = load(values[k])
      expire(v)
      for i = HEAD + 1, #v, WIDTH do
        if wanted[v[i]] or not ARGV[1] then
          v[i + 4], v[i + 5], v[i + 6], v[i + 8] = 0, 0, '', ''
        end
      end
      save(KEYS[k], v)
      there = there + 1
    end
  end
  return {there}
end

return run(#KEYS, reset)
