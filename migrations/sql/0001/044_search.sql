-- Under what a member is found by name: each word of it, and the word with each letter left out in turn, so that a slip of
-- the pen meets the name halfway. Only equality and ranges of text are asked, which row-level security lets an index answer.
CREATE TABLE app.member_keys (
    tenant_id uuid NOT NULL,
    key text COLLATE "C" NOT NULL,
    member_id uuid NOT NULL,
    shown_to uuid[] NOT NULL DEFAULT '{}',
    CONSTRAINT member_keys_pkey PRIMARY KEY (tenant_id, key, member_id),
    CONSTRAINT member_keys_name_fkey FOREIGN KEY (tenant_id, member_id)
        REFERENCES app.member_names (tenant_id, member_id)
);

CREATE INDEX member_keys_member_idx ON app.member_keys (tenant_id, member_id);

-- Whoever sees many groups asks for the word first.
CREATE INDEX member_keys_key_idx ON app.member_keys (key, tenant_id);

-- The words of a name as they are compared: no accents, no capitals, no apostrophes.
CREATE FUNCTION app.name_words(name text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN array_remove(
    regexp_split_to_array(
        regexp_replace(lower(normalize(name, NFKD)), '[\u0300-\u036f''\u2018\u2019\u02bc`]', '', 'g'),
        '[^[:alnum:]]+'
    ),
    ''
);

-- The word behind a mark, and without each of its letters in turn. Of a long word the beginning is enough; in a short one a
-- slip makes another word.
CREATE FUNCTION app.slip_keys(word text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN length(word) < 4 THEN '{}'::text[]
    ELSE ARRAY(
        SELECT DISTINCT '~' || substr(stem, 1, n - 1) || substr(stem, n + 1)
        FROM substr(word, 1, 12) stem, generate_series(1, length(substr(word, 1, 12)) + 1) n
    )
END;

CREATE FUNCTION app.note_name() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.name = OLD.name THEN
        UPDATE app.member_keys k SET shown_to = NEW.shown_to
        WHERE k.tenant_id = NEW.tenant_id AND k.member_id = NEW.member_id;
        RETURN NULL;
    END IF;
    DELETE FROM app.member_keys k WHERE k.tenant_id = NEW.tenant_id AND k.member_id = NEW.member_id;
    INSERT INTO app.member_keys (tenant_id, key, member_id, shown_to)
    SELECT DISTINCT NEW.tenant_id, keys.key, NEW.member_id, NEW.shown_to
    FROM unnest((app.name_words(NEW.name))[1:6]) word, unnest(substr(word, 1, 40) || app.slip_keys(word)) keys (key);
    RETURN NULL;
END
$$;

CREATE TRIGGER member_names_note_name AFTER INSERT OR UPDATE OF name, shown_to ON app.member_names
    FOR EACH ROW EXECUTE FUNCTION app.note_name();

-- The members whom a search finds in these tenants, or anywhere: by their number in the group, by their phone number (its
-- indexes follow the text, in hexadecimal digits), or by the beginnings of words of their names, of which each may have a
-- slip. It runs as whoever asks and sees what she sees, so that nobody finds by a name whom she may not know by name.
-- Without slips is better; of more than 200 the rest is left out, in each tenant or altogether.
CREATE FUNCTION app.find_members(wanted text[], tenants uuid[])
RETURNS TABLE (tenant_id uuid, member_id uuid, slips integer)
LANGUAGE plpgsql STABLE ROWS 200 SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    words text[];
BEGIN
    IF wanted[1] ~ '^[0-9]{1,7}$' THEN
        RETURN QUERY SELECT m.tenant_id, m.id, 0 FROM app.members m
        WHERE m.number = wanted[1]::integer AND (tenants IS NULL OR m.tenant_id = ANY (tenants))
        LIMIT 200;
        RETURN;
    END IF;
    IF cardinality(wanted) > 1 THEN
        RETURN QUERY SELECT p.tenant_id, p.member_id, 0 FROM app.member_private p
        WHERE p.phone_index = ANY (ARRAY(SELECT decode(w, 'hex') FROM unnest(wanted[2:]) w))
          AND (tenants IS NULL OR p.tenant_id = ANY (tenants));
        RETURN;
    END IF;
    words := (app.name_words(wanted[1]))[1:4];
    RETURN QUERY
    SELECT best.tenant_id, best.member_id, best.slips
    FROM (
        SELECT hits.tenant_id, hits.member_id, sum(hits.slip)::integer AS slips,
               row_number() OVER (
                   PARTITION BY CASE WHEN tenants IS NOT NULL THEN hits.tenant_id END
                   ORDER BY sum(hits.slip), hits.tenant_id, hits.member_id
               ) AS place
        FROM (
            SELECT w.n, met.tenant_id, met.member_id, min(met.slip) AS slip
            FROM unnest(words) WITH ORDINALITY w (word, n)
            CROSS JOIN LATERAL (
                SELECT k.tenant_id, k.member_id, 0 AS slip FROM app.member_keys k
                WHERE k.key >= substr(w.word, 1, 40) AND k.key < substr(w.word, 1, 40) || chr(1114111)
                  AND (tenants IS NULL OR k.tenant_id = ANY (tenants))
                UNION ALL
                SELECT k.tenant_id, k.member_id, 1 FROM app.member_keys k
                WHERE k.key = ANY (app.slip_keys(w.word)) AND (tenants IS NULL OR k.tenant_id = ANY (tenants))
            ) met
            GROUP BY w.n, met.tenant_id, met.member_id
        ) hits
        GROUP BY hits.tenant_id, hits.member_id
        HAVING count(*) = cardinality(words)
    ) best
    WHERE best.place <= 200;
END
$$;
