-- Turns of a rate, and places for requests in flight, among all nodes.
--
-- KEYS[1] when the next turn is due, in microseconds; KEYS[2] a hash: node -> what it has in flight, what it may have,
-- what it wants, and when it said so; KEYS[3] a sorted set: node -> when it last asked for turns.
-- ARGV: 1 node, 2 interval, 3 turns wanted, 4 how far ahead, 5 how late (all in microseconds),
--       6 all places (0: not shared), 7 places for jobs, 8 and 9 in flight (people, jobs), 10 and 11 wanted.
-- Returns the number of turns, when the first is (from now, in microseconds), places for people and for jobs.
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])

local interval, wanted = tonumber(ARGV[2]), tonumber(ARGV[3])
local ahead, late = tonumber(ARGV[4]), tonumber(ARGV[5])
local turns, first = 0, 0
if interval > 0 and wanted > 0 then
    -- Who asks for turns at the same time gets as many at once as leave room for everybody: then each ask is answered, and
    -- all get the same.
    local recent = math.max(500000, 2 * interval)
    redis.call('ZADD', KEYS[3], string.format('%.0f', now), ARGV[1])
    redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', string.format('%.0f', now - recent))
    redis.call('PEXPIRE', KEYS[3], math.ceil(recent / 1000))
    local askers = redis.call('ZCARD', KEYS[3])
    if askers > 1 then wanted = math.min(wanted, math.max(1, math.floor(ahead / interval / askers / 2))) end
    local due = tonumber(redis.call('GET', KEYS[1]) or '0')
    if due < now - late then due = now - late end
    first = due - now
    if first <= ahead then
        turns = math.min(wanted, math.floor((ahead - first) / interval) + 1)
        due = due + turns * interval
        redis.call('SET', KEYS[1], string.format('%.0f', due), 'PX', math.ceil((due - now) / 1000) + 1000)
    end
end

local all = tonumber(ARGV[6])
if all == 0 then return {turns, first, 0, 0} end

-- What a node has said counts for so long; what it wants, for less.
local COUNTS, WANTS = 3000000, 1000000
local for_jobs = tonumber(ARGV[7])
local people, jobs = tonumber(ARGV[8]), tonumber(ARGV[9])
local want_people, want_jobs = tonumber(ARGV[10]), tonumber(ARGV[11])
local other_people, other_jobs, claimants, missing = 0, 0, 1, false
local said = redis.call('HGETALL', KEYS[2])
for at = 1, #said, 2 do
    local node, words = said[at], {}
    for word in string.gmatch(said[at + 1], '%S+') do words[#words + 1] = tonumber(word) end
    if now - words[7] > COUNTS then
        redis.call('HDEL', KEYS[2], node)
    elseif node ~= ARGV[1] then
        -- In flight (1, 2), may have (3, 4), wants (5, 6), said at (7).
        local fresh = now - words[7] <= WANTS
        other_people = other_people + (fresh and math.max(words[1], words[3]) or words[1])
        other_jobs = other_jobs + (fresh and math.max(words[2], words[4]) or words[2])
        if fresh and words[6] > 0 then
            claimants = claimants + 1
            missing = missing or words[4] < words[6]
        end
    end
end
local may_jobs = math.max(0, math.min(want_jobs, for_jobs - other_jobs, all - other_people - other_jobs - people))
if missing then may_jobs = math.min(may_jobs, math.max(1, math.floor(for_jobs / claimants))) end
local may_people = math.max(0, math.min(want_people, all - other_people - other_jobs - math.max(jobs, may_jobs)))
if want_people == 0 and want_jobs == 0 and people == 0 and jobs == 0 then
    redis.call('HDEL', KEYS[2], ARGV[1])
else
    local words = {people, jobs, may_people, may_jobs, want_people, want_jobs, string.format('%.0f', now)}
    redis.call('HSET', KEYS[2], ARGV[1], table.concat(words, ' '))
    redis.call('PEXPIRE', KEYS[2], 10000)
end
return {turns, first, may_people, may_jobs}
