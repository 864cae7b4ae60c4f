-- The declaration of permissions, for the functions that go by it: what they do is done as the owner, whom no policy stops.
CREATE TABLE app.rules (
    resource text NOT NULL,
    action text NOT NULL,
    terms text[] NOT NULL,
    CONSTRAINT rules_pkey PRIMARY KEY (resource, action)
);

-- Whether the viewer may do this in the whole of the tenant, as domain.policy.allows says of a row that is about nobody: who
-- may see single rows, being the member whom they are about or the partner to whom she opened them, may not. Readers change
-- nothing, whoever they are.
CREATE FUNCTION app.allows(wanted_resource text, wanted_action text, tenant uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT (wanted_action = 'read' OR current_setting('role') IN ('kibubu_app', 'kibubu_admin', 'kibubu_worker')) AND EXISTS (
        SELECT FROM app.rules r, unnest(r.terms) t (term)
        WHERE r.resource = wanted_resource AND r.action = wanted_action
          AND CASE t.term
              WHEN 'admin' THEN current_setting('role') = 'kibubu_admin' AND app.is_entered_as('admin')
              WHEN 'job' THEN current_setting('role') = 'kibubu_worker' AND app.is_entered_as('job')
              WHEN 'self' THEN false
              WHEN 'named' THEN false
              WHEN 'partner_names' THEN false
              WHEN 'signed_in' THEN
                  app.own_user() IS NOT NULL AND current_setting('role') IN ('kibubu_app', 'kibubu_readonly')
              ELSE tenant = ANY (app.tenants_as(t.term))
          END
    )
$$;
