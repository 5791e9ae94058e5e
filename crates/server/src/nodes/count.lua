-- KEYS[1] a counter; ARGV[1] the limit; ARGV[2] the window's length in milliseconds.
-- Returns whether this request is within the limit, how many were, and how long the window lasts yet.
local used = tonumber(redis.call('GET', KEYS[1]) or '0')
local left = redis.call('PTTL', KEYS[1])
local limit = tonumber(ARGV[1])
if used == 0 or left <= 0 then
    if limit == 0 then return {0, 0, tonumber(ARGV[2])} end
    redis.call('SET', KEYS[1], 1, 'PX', ARGV[2])
    return {1, 1, tonumber(ARGV[2])}
end
if used >= limit then return {0, used, left} end
redis.call('INCR', KEYS[1])
return {1, used + 1, left}
