-- Who may call what; PUBLIC may call nothing.
GRANT EXECUTE ON FUNCTION
    access.find_credentials(bytea[]),
    access.sign_in_failed(bytea, integer, interval, interval, interval),
    access.take_attempts(bytea[], integer[], interval[]),
    access.open_session(bytea[], uuid, timestamptz, uuid, text, text, text, text, text, bytea, interval, text),
    access.refresh_session(bytea, bytea, interval),
    app.find_document(text)
TO kibubu_anonymous;

GRANT EXECUTE ON FUNCTION
    app.enter(uuid, uuid[]),
    app.enter_machine(uuid, bytea, uuid[]),
    app.tenants_as(text),
    app.own_members(),
    app.own_pairs(),
    app.own_partners(),
    app.is_entered_as(text),
    app.user_id(),
    app.own_user()
TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT EXECUTE ON FUNCTION
    app.enter_write(uuid[]),
    app.claim_key(uuid, uuid, text, bytea[]),
    app.keep_outcome(uuid, uuid, jsonb),
    app.enter_command(uuid, uuid[], uuid, uuid, text, bytea[], text),
    app.enter_machine_command(uuid, bytea, uuid[], uuid, uuid, text, bytea[], text),
    access.grant_machine(uuid, uuid, text, text[], timestamptz, bytea, uuid[]),
    access.rotate_machine(uuid, uuid, bytea, interval),
    access.revoke_machine(uuid, uuid),
    access.note_machine_use(),
    app.create_group(uuid, text, text),
    app.link_member(uuid, uuid, uuid, text[]),
    app.grant_role(uuid, uuid, text, timestamptz, timestamptz),
    app.end_roles(uuid, uuid, text[], timestamptz),
    app.claim_member(uuid),
    app.note_command(uuid, text, uuid, text),
    app.adopt_constitution(uuid, integer, timestamptz),
    app.change_join_code(uuid, text),
    app.request_join(text, uuid, text, text),
    app.accept_invitation(uuid, uuid, uuid, bytea),
    ledger.post(
        uuid, uuid, integer, uuid[], text[], date[], uuid[], uuid[], uuid[], integer[], uuid[], uuid[], numeric[], integer[]
    ),
    app.post_contributions(
        uuid, uuid, uuid[], text[], date[], uuid[], uuid[], uuid[], integer[], uuid[], uuid[], numeric[], integer[], text[],
        text[], integer[], numeric[], text[], text[], timestamptz[]
    ),
    app.entry_kind(text),
    ledger.open_account(
        uuid, uuid, text, text, text, uuid, boolean, boolean, text, boolean, text, text, numeric, numeric, boolean
    ),
    ledger.change_account(uuid, uuid, integer, text, numeric, numeric, boolean),
    ledger.place_hold(uuid, uuid, uuid, numeric, text, timestamptz),
    ledger.end_hold(uuid, uuid, uuid),
    ledger.close_period(uuid, date)
TO kibubu_app;

GRANT EXECUTE ON FUNCTION
    access.claim_key(uuid, text, bytea[]),
    access.keep_outcome(uuid, jsonb),
    access.revoke_session(uuid, text)
TO kibubu_app, kibubu_admin;

GRANT EXECUTE ON FUNCTION
    app.note_personal_reads(uuid, text, uuid[], uuid[], text[]),
    app.claimable_members(),
    app.open_invitations()
TO kibubu_app, kibubu_readonly;

GRANT EXECUTE ON FUNCTION
    app.find_by_name(text, uuid[]),
    app.is_named(text, text),
    app.find_members(text[], uuid[])
TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

GRANT EXECUTE ON FUNCTION
    app.enter_admin_command(uuid, uuid[], uuid, uuid, text, bytea[], text),
    app.keep_outcome(uuid, uuid, jsonb),
    app.revise_platform(integer, text, boolean),
    app.change_group_status(uuid, integer, text, text),
    access.create_user(uuid, text, text, bytea, bytea, bytea, bytea, bytea[], bytea[], text),
    access.change_standing(uuid, text)
TO kibubu_admin;

GRANT EXECUTE ON FUNCTION
    ledger.find_faults(uuid),
    app.ballot_counts(uuid[], uuid[]),
    app.arrears_totals(uuid[], date),
    app.meeting_rolls(uuid),
    ledger.balances_after(uuid[], bigint),
    ledger.balances_after_lines(uuid[], bigint[], integer[]),
    ledger.find_closing_code(uuid, integer),
    app.loan_arrears(uuid[], date),
    app.loan_portfolio(uuid[], date)
TO kibubu_app, kibubu_readonly, kibubu_admin, kibubu_worker;

-- The dispatcher of a process has no viewer, and learns numbers alone.
GRANT EXECUTE ON FUNCTION app.change_numbers(uuid[], bigint[]) TO kibubu_readonly;

GRANT EXECUTE ON FUNCTION
    app.may_follow(uuid),
    app.changes_after(uuid, bigint, bigint),
    app.follow(uuid[], bytea[], uuid[], bigint[], bigint)
TO kibubu_app, kibubu_admin;

GRANT EXECUTE ON FUNCTION app.forget_changes(uuid, timestamptz) TO kibubu_worker;

-- What becomes owed on loans by the calendar is posted by the job of the day.
GRANT EXECUTE ON FUNCTION
    app.enter_write(uuid[]),
    ledger.post(
        uuid, uuid, integer, uuid[], text[], date[], uuid[], uuid[], uuid[], integer[], uuid[], uuid[], numeric[], integer[]
    )
TO kibubu_worker;

-- The job that verifies all books, and the one that shortens the change log.
INSERT INTO access.jobs (id, name) VALUES
    ('00000000-0000-7000-8000-000000000001', 'verify'),
    ('00000000-0000-7000-8000-000000000002', 'tidy');
