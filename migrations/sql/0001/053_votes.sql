-- A question that was put to the vote in a meeting: words in which people may be named, so not for whoever is shown rows only.
-- What was counted of hands stands with it, one number for each option; what members voted for one by one is in their ballots.
CREATE TABLE app.votes (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    meeting_id uuid NOT NULL,
    number integer NOT NULL,
    question text NOT NULL,
    kind text NOT NULL,
    method text NOT NULL,
    options text[] NOT NULL,
    hands integer[],
    abstained integer,
    put_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    put_by uuid NOT NULL,
    counted_at timestamptz,
    counted_by uuid,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT votes_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT votes_meeting_fkey FOREIGN KEY (tenant_id, meeting_id) REFERENCES app.meetings (tenant_id, id),
    CONSTRAINT votes_number_once UNIQUE (tenant_id, meeting_id, number),
    CONSTRAINT votes_number_positive CHECK (number > 0),
    CONSTRAINT votes_question_length CHECK (length(question) BETWEEN 1 AND 500),
    CONSTRAINT votes_kind_known CHECK (kind IN ('YES_NO', 'CHOICE')),
    CONSTRAINT votes_method_known CHECK (method IN ('HANDS', 'BALLOTS')),
    CONSTRAINT votes_options_named CHECK (
        CASE kind WHEN 'YES_NO' THEN options = ARRAY['YES', 'NO'] ELSE cardinality(options) BETWEEN 2 AND 20 END
        AND array_position(options, NULL) IS NULL AND array_ndims(options) = 1
    ),
    CONSTRAINT votes_hands_whole CHECK (
        (hands IS NULL) = (abstained IS NULL)
        AND (hands IS NULL OR (method = 'HANDS' AND counted_at IS NOT NULL AND cardinality(hands) = cardinality(options)))
    ),
    CONSTRAINT votes_hands_not_negative CHECK (abstained >= 0 AND 0 <= ALL (hands)),
    CONSTRAINT votes_counted_whole CHECK ((counted_at IS NULL) = (counted_by IS NULL)),
    CONSTRAINT votes_version_positive CHECK (version > 0)
);

-- What one member voted for, by the number of the option; 0 where she abstained.
CREATE TABLE app.ballots (
    tenant_id uuid NOT NULL,
    vote_id uuid NOT NULL,
    member_id uuid NOT NULL,
    option integer NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    recorded_by uuid NOT NULL,
    CONSTRAINT ballots_pkey PRIMARY KEY (tenant_id, vote_id, member_id),
    CONSTRAINT ballots_vote_fkey FOREIGN KEY (tenant_id, vote_id) REFERENCES app.votes (tenant_id, id),
    CONSTRAINT ballots_member_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES app.members (tenant_id, id),
    CONSTRAINT ballots_option_range CHECK (option BETWEEN 0 AND 20)
);

CREATE INDEX ballots_member_idx ON app.ballots (tenant_id, member_id, vote_id);
