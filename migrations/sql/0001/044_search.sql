-- Under what a member is found by name: each word of it, and each word turned round behind a mark, once for whoever sees all
-- names of the group (that is nobody's id) and once for each of those to whom she opened hers. So whoever looks walks through
-- the words that she may know and past no others, and neither what is found nor how long that takes tells of the rest.
CREATE TABLE app.member_keys (
    tenant_id uuid NOT NULL,
    opened_to uuid NOT NULL,
    key text COLLATE "C" NOT NULL,
    member_id uuid NOT NULL,
    CONSTRAINT member_keys_pkey PRIMARY KEY (tenant_id, opened_to, key, member_id),
    CONSTRAINT member_keys_name_fkey FOREIGN KEY (tenant_id, member_id)
        REFERENCES app.member_names (tenant_id, member_id)
);

CREATE INDEX member_keys_member_idx ON app.member_keys (tenant_id, member_id);

-- A partner looks in all its groups at once, however many there are.
CREATE INDEX member_keys_opened_idx ON app.member_keys (opened_to, key, tenant_id, member_id)
    WHERE opened_to <> '00000000-0000-0000-0000-000000000000';

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

-- Whether one word is the other with a slip of the pen: a letter too many, too few or another, or two neighbours that changed
-- places (an optimal string alignment distance of one). In a short word a slip makes another word.
CREATE FUNCTION app.is_slip(one text, other text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN one <> other AND least(length(one), length(other)) >= 4 AND abs(length(one) - length(other)) <= 1
    AND EXISTS (
        SELECT FROM generate_series(1, greatest(length(one), length(other))) i
        WHERE substr(one, 1, i - 1) = substr(other, 1, i - 1)
          AND (
              substr(one, i + 1) IN (substr(other, i + 1), substr(other, i)) OR substr(one, i) = substr(other, i + 1)
              OR (substr(one, i, 2) = reverse(substr(other, i, 2)) AND substr(one, i + 2) = substr(other, i + 2))
          )
    );

CREATE FUNCTION app.note_name() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.name = OLD.name AND NEW.shown_to = OLD.shown_to THEN
        RETURN NULL;
    END IF;
    DELETE FROM app.member_keys k WHERE k.tenant_id = NEW.tenant_id AND k.member_id = NEW.member_id;
    INSERT INTO app.member_keys (tenant_id, opened_to, key, member_id)
    SELECT DISTINCT NEW.tenant_id, seen.by, keys.key, NEW.member_id
    FROM unnest((app.name_words(NEW.name))[1:6]) w (word),
         unnest(ARRAY[substr(w.word, 1, 40), '~' || reverse(substr(w.word, 1, 40))]) keys (key),
         unnest('00000000-0000-0000-0000-000000000000'::uuid || NEW.shown_to) seen (by)
    WHERE seen.by IS NOT NULL;
    RETURN NULL;
END
$$;

CREATE TRIGGER member_names_note_name AFTER INSERT OR UPDATE OF name, shown_to ON app.member_names
    FOR EACH ROW EXECUTE FUNCTION app.note_name();

-- The keys from one to before another that somebody may know: in these groups one by one those of one reader, or all that were
-- opened to these partners, of which those count whose groups are linked to them now. One of the two is empty. Like the two functions
-- after it, it becomes a part of the statement that asks it, and only the last of them all is anybody's to call.
CREATE FUNCTION app.keys_between(
    groups uuid[], known_by uuid, partners uuid[], linked uuid[], lowest text, beyond text
)
RETURNS TABLE (tenant_id uuid, member_id uuid, key text)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT k.tenant_id, k.member_id, k.key FROM app.member_keys k
    WHERE k.tenant_id = ANY (groups) AND k.opened_to = known_by AND k.key >= lowest AND k.key < beyond
    UNION ALL
    SELECT k.tenant_id, k.member_id, k.key FROM app.member_keys k
    WHERE k.opened_to = ANY (partners) AND k.opened_to <> '00000000-0000-0000-0000-000000000000'
      AND k.key >= lowest AND k.key < beyond
      -- Said like this, the groups are looked up in a hash and not one after the other.
      AND (k.tenant_id IN (SELECT l.id FROM unnest(linked) l (id))) IS TRUE;
END;

-- The words, among those that may be known, that are a wanted word with a slip, with the place of that word. A slip leaves the
-- first half of the word as it was, or the second, or swaps the two letters where they meet; so the words that begin or end
-- with one of the halves are looked at. Those that are the word or begin with it are left out: they are met without a slip, and
-- of a common word there are many.
CREATE FUNCTION app.slipped_words(words text[], groups uuid[], known_by uuid, partners uuid[], linked uuid[])
RETURNS TABLE (place integer, word text)
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH wanted AS MATERIALIZED (
        SELECT w.place, w.word, w.half, substr(w.word, 1, w.half) AS head, '~' || reverse(w.word) AS turned,
               '~' || reverse(substr(w.word, w.half + 1)) AS tail,
               substr(w.word, 1, w.half - 1) || reverse(substr(w.word, w.half, 2)) || substr(w.word, w.half + 2) AS swapped
        FROM (
            SELECT x.place::integer AS place, x.word, length(x.word) / 2 AS half
            FROM unnest(words) WITH ORDINALITY x (word, place) WHERE length(x.word) >= 4
        ) w
    ), near AS MATERIALIZED (
        SELECT DISTINCT r.place, r.word, CASE WHEN r.is_turned THEN reverse(substr(k.key, 2)) ELSE k.key END AS met
        FROM (
            SELECT w.place, w.word, false AS is_turned, w.head AS lowest, w.word AS beyond FROM wanted w
            UNION ALL
            SELECT w.place, w.word, false, w.word || chr(1114111), w.head || chr(1114111) FROM wanted w
            UNION ALL
            SELECT w.place, w.word, true, w.tail, w.turned FROM wanted w
            UNION ALL
            SELECT w.place, w.word, true, w.turned || chr(1), w.tail || chr(1114111) FROM wanted w
            UNION ALL
            SELECT w.place, w.word, false, w.swapped, w.swapped || chr(1) FROM wanted w
        ) r
        CROSS JOIN LATERAL app.keys_between(groups, known_by, partners, linked, r.lowest, r.beyond) k
        WHERE abs(length(k.key) - r.is_turned::integer - length(r.word)) <= 1
    )
    SELECT n.place, n.met FROM near n WHERE app.is_slip(n.word, n.met);
END;

-- The members in whose names every wanted word begins a word or is one with a slip; of those with the fewest slips at most
-- 200, in each group or altogether.
CREATE FUNCTION app.match_names(
    words text[], groups uuid[], known_by uuid, partners uuid[], linked uuid[], is_for_each boolean
)
RETURNS TABLE (tenant_id uuid, member_id uuid, slips integer)
LANGUAGE sql STABLE ROWS 200
BEGIN ATOMIC
    SELECT best.tenant_id, best.member_id, best.slips
    FROM (
        SELECT hits.tenant_id, hits.member_id, hits.slips,
               row_number() OVER (
                   PARTITION BY CASE WHEN is_for_each THEN hits.tenant_id END
                   ORDER BY hits.slips, hits.tenant_id, hits.member_id
               ) AS rank
        FROM (
            -- A bit for each word that is met, and for each that is met as it stands.
            SELECT k.tenant_id, k.member_id,
                   cardinality(words) - length(replace(bit_or(r.as_it_stands)::bit(4)::text, '0', '')) AS slips
            FROM (
                SELECT x.word AS lowest, x.word || chr(1114111) AS beyond, 1 << x.place::integer - 1 AS met,
                       1 << x.place::integer - 1 AS as_it_stands
                FROM unnest(words) WITH ORDINALITY x (word, place)
                UNION ALL
                SELECT s.word, s.word || chr(1), 1 << s.place - 1, 0
                FROM app.slipped_words(words, groups, known_by, partners, linked) s
            ) r
            CROSS JOIN LATERAL app.keys_between(groups, known_by, partners, linked, r.lowest, r.beyond) k
            GROUP BY k.tenant_id, k.member_id
            HAVING bit_or(r.met) = (1 << cardinality(words)) - 1
        ) hits
    ) best
    WHERE best.rank <= 200;
END;

-- The members whom the viewer finds by these words in these tenants, or anywhere: without slips first, in groups whose names
-- she sees all before those that opened them to her partner, and in the order of their ids. Of more than 200 the rest is
-- left out, in each tenant or altogether. It goes by the rule for names, and runs as the owner, because a policy that is asked
-- of each of thousands of keys in thousands of groups takes longer than all the rest.
CREATE FUNCTION app.find_by_name(wanted text, tenants uuid[])
RETURNS TABLE (tenant_id uuid, member_id uuid, slips integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10 SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    everybody CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
    found_max CONSTANT integer := 200;
    words text[] := ARRAY(SELECT DISTINCT substr(w.word, 1, 40) FROM unnest((app.name_words(wanted))[1:4]) w (word));
    terms text[] := (SELECT r.terms FROM app.rules r WHERE r.resource = 'member_name' AND r.action = 'read');
    partners uuid[] := app.own_partners();
    whole uuid[];
    linked uuid[] := '{}';
    first integer := 1;
    -- Few groups at first, since a common word is met often enough in those.
    step integer := 64;
    exact integer := 0;
    more record;
    best_tenants uuid[] := '{}';
    best_members uuid[] := '{}';
    best_slips integer[] := '{}';
BEGIN
    IF cardinality(words) = 0 THEN
        RETURN;
    END IF;
    IF 'admin' = ANY (terms) AND current_setting('role') = 'kibubu_admin' AND app.is_entered_as('admin') THEN
        whole := coalesce(tenants, ARRAY(SELECT t.id FROM app.tenants t WHERE t.kind = 'GROUP' ORDER BY t.id));
    ELSE
        whole := ARRAY(
            SELECT DISTINCT s.id FROM unnest(terms) t (term), unnest(app.tenants_as(t.term)) s (id)
            WHERE t.term NOT IN ('admin', 'partner_names') AND (tenants IS NULL OR s.id = ANY (tenants))
            ORDER BY s.id
        );
    END IF;
    IF 'partner_names' = ANY (terms) THEN
        linked := ARRAY(
            SELECT s.id FROM unnest(app.tenants_as('partner_names')) s (id)
            WHERE tenants IS NULL OR s.id = ANY (tenants)
            EXCEPT SELECT w.id FROM unnest(whole) w (id)
        );
    END IF;
    LOOP
        IF first <= cardinality(whole) THEN
            SELECT array_agg(m.tenant_id) AS tenants, array_agg(m.member_id) AS members, array_agg(m.slips) AS slips
            INTO more
            FROM app.match_names(words, whole[first:first + step - 1], everybody, '{}', '{}', tenants IS NOT NULL) m;
            first := first + step;
            step := step * 2;
        ELSIF cardinality(linked) > 0 AND tenants IS NOT NULL AND cardinality(partners) = 1 THEN
            SELECT array_agg(m.tenant_id) AS tenants, array_agg(m.member_id) AS members, array_agg(m.slips) AS slips
            INTO more FROM app.match_names(words, linked, partners[1], '{}', '{}', true) m;
            linked := '{}';
        ELSIF cardinality(linked) > 0 THEN
            SELECT array_agg(m.tenant_id) AS tenants, array_agg(m.member_id) AS members, array_agg(m.slips) AS slips
            INTO more FROM app.match_names(words, '{}', NULL, partners, linked, tenants IS NOT NULL) m;
            linked := '{}';
        ELSE
            EXIT;
        END IF;
        best_tenants := best_tenants || more.tenants;
        best_members := best_members || more.members;
        best_slips := best_slips || more.slips;
        exact := exact + coalesce(cardinality(array_positions(more.slips, 0)), 0);
        EXIT WHEN tenants IS NULL AND exact >= found_max;
    END LOOP;
    RETURN QUERY
    SELECT b.tenant_id, b.member_id, b.slips
    FROM unnest(best_tenants, best_members, best_slips) WITH ORDINALITY b (tenant_id, member_id, slips, place)
    ORDER BY b.slips, b.place LIMIT CASE WHEN tenants IS NULL THEN found_max END;
END
$$;

-- The members whom a search finds in these tenants, or anywhere: by their number in the group, by their phone number (its
-- indexes follow the text, in hexadecimal digits), or by the beginnings of words of their names, of which each may have a
-- slip. It runs as whoever asks and sees what she sees; what is found by a name says so, for whoever joins it to hold it
-- against the policy of names once more.
CREATE FUNCTION app.find_members(wanted text[], tenants uuid[])
RETURNS TABLE (tenant_id uuid, member_id uuid, slips integer, is_by_name boolean)
LANGUAGE plpgsql STABLE ROWS 10 SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF wanted[1] ~ '^[0-9]{1,7}$' THEN
        RETURN QUERY SELECT m.tenant_id, m.id, 0, false FROM app.members m
        WHERE m.number = wanted[1]::integer AND (tenants IS NULL OR m.tenant_id = ANY (tenants))
        ORDER BY m.tenant_id LIMIT 200;
    ELSIF cardinality(wanted) > 1 THEN
        RETURN QUERY SELECT p.tenant_id, p.member_id, 0, false FROM app.member_private p
        WHERE p.phone_index = ANY (ARRAY(SELECT decode(w, 'hex') FROM unnest(wanted[2:]) w))
          AND (tenants IS NULL OR p.tenant_id = ANY (tenants));
    ELSE
        RETURN QUERY SELECT f.tenant_id, f.member_id, f.slips, true FROM app.find_by_name(wanted[1], tenants) f;
    END IF;
END
$$;
