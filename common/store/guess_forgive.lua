-- A login succeeded: what its owner guessed wrong before no longer counts. KEYS: a set of guesses;
-- and, for the account's set, the set of one place and the mark of a place that is known. ARGV:
-- what the guesses to forget begin with, milliseconds that the mark lives. With one key, forgets
-- those guesses; with three, those that the place's set holds and that set, and sets the mark.
-- Returns how many were forgotten.
if #KEYS == 1 then
  local forgotten = 0
  for _, guess in ipairs(redis.call('HKEYS', KEYS[1])) do
    if string.sub(guess, 1, #ARGV[1]) == ARGV[1] then
      forgotten = forgotten + redis.call('HDEL', KEYS[1], guess)
    end
  end
  return {forgotten}
end

local forgotten = 0
for _, guess in ipairs(redis.call('HKEYS', KEYS[2])) do
  forgotten = forgotten + redis.call('HDEL', KEYS[1], guess)
end
redis.call('DEL', KEYS[2])
redis.call('HSET', KEYS[3], 'known', '1')
redis.call('PEXPIRE', KEYS[3], ARGV[2])
return {forgotten}
