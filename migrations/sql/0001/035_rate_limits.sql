-- Attempts that are counted exactly, whichever process they reach: a row for each login and each address, by a keyed
-- digest. It says when all attempts are restored; from then on it says nothing, and may go.
CREATE TABLE access.rate_buckets (
    bucket bytea NOT NULL,
    full_at timestamptz NOT NULL,
    CONSTRAINT rate_buckets_pkey PRIMARY KEY (bucket)
);

CREATE INDEX rate_buckets_age_idx ON access.rate_buckets (full_at);

-- Takes one attempt out of each bucket, which holds `burst` of them and gets one back in each `period`. NULL if there
-- was one in each; else after what time there will be one in the first that had none, of which none was taken.
-- Whoever calls this names the buckets in an order of kinds that is always the same, so that no two wait for each other.
CREATE FUNCTION access.take_attempts(buckets bytea[], bursts integer[], periods interval[]) RETURNS interval
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wait interval;
BEGIN
    FOR n IN 1 .. cardinality(buckets) LOOP
        -- The clock, not the transaction's beginning: between the two others may have been waited for.
        INSERT INTO access.rate_buckets AS b (bucket, full_at) VALUES (buckets[n], clock_timestamp() + periods[n])
        ON CONFLICT (bucket) DO UPDATE SET full_at = greatest(b.full_at, clock_timestamp()) + periods[n]
        WHERE b.full_at + periods[n] <= clock_timestamp() + periods[n] * bursts[n];
        IF NOT FOUND THEN
            SELECT greatest(b.full_at + periods[n] - periods[n] * bursts[n] - clock_timestamp(), interval '0')
            INTO wait
            FROM access.rate_buckets b WHERE b.bucket = buckets[n];
            RETURN wait;
        END IF;
    END LOOP;
    -- A few full ones of others; last and without waiting, so that nobody waits for whoever clears up.
    DELETE FROM access.rate_buckets b
    WHERE b.bucket = ANY (ARRAY(
        SELECT old.bucket FROM access.rate_buckets old
        WHERE old.full_at < clock_timestamp()
        ORDER BY old.full_at
        LIMIT 20
        FOR UPDATE SKIP LOCKED
    ));
    RETURN NULL;
END
$$;
