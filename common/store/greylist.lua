-- May a message pass that was asked to come back? KEYS[1] counts what its network has proven, each
-- further key is a sender and one of the recipients. ARGV: milliseconds to wait, in which to come
-- back, for which a proof lives; proofs that a network needs. Returns how it ended and the
-- milliseconds that are left to wait.
local COME_BACK, WAITED, KNOWN, PROVEN = 0, 1, 2, 3
local wait, window, life, needed = unpack(ARGV)

local proofs = tonumber(redis.call('GET', KEYS[1]) or 0)
if proofs >= tonumber(needed) then
  redis.call('PEXPIRE', KEYS[1], life)
  return {PROVEN, 0}
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local left = 0
local waited = {}
for i = 2, #KEYS do
  local since = redis.call('GET', KEYS[i])
  if since == 'passed' then
    redis.call('PEXPIRE', KEYS[i], life)
  else
    local rest = since and since + wait - now
    if not rest or rest > tonumber(wait) then -- new, or the clock was set back
      redis.call('SET', KEYS[i], string.format('%.0f', now), 'PX', window)
      rest = tonumber(wait)
    end
    left = math.max(left, rest)
    waited[#waited + 1] = KEYS[i]
  end
end

if left > 0 then
  return {COME_BACK, left}
end
if #waited == 0 then
  return {KNOWN, 0}
end
for _, key in ipairs(waited) do
  redis.call('SET', key, 'passed', 'PX', life)
end
redis.call('SET', KEYS[1], string.format('%.0f', proofs + 1), 'PX', life)
return {WAITED, 0}
