-- Removes all of a report at once; a reader never finds half of it. UNLINK frees large hashes
-- outside the server's own thread.
return redis.call('UNLINK', unpack(KEYS))
