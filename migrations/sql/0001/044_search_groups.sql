-- Whether every word that was typed begins a word of these names, or is one of them with a slip after the first letter. Groups are
-- few beside members, so that it is asked of each that the viewer may see, and no keys are kept.
CREATE FUNCTION app.is_named(wanted text, names text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN cardinality(app.name_words(wanted)) > 0 AND NOT EXISTS (
    SELECT FROM unnest((app.name_words(wanted))[1:4]) w (word)
    WHERE NOT EXISTS (
        SELECT FROM unnest(app.name_words(names)) n (word)
        WHERE starts_with(n.word, w.word) OR (substr(n.word, 1, 1) = substr(w.word, 1, 1) AND app.is_slip(w.word, n.word))
    )
);
