-- access: who signs in. app: tenants and their records. ledger: the books.
CREATE SCHEMA access;

CREATE SCHEMA app;

CREATE SCHEMA ledger;

-- No function of these schemas may be called by whoever was not given it.
ALTER DEFAULT PRIVILEGES FOR ROLE kibubu_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

GRANT USAGE ON SCHEMA access, app, ledger TO kibubu_anonymous, kibubu_app, kibubu_admin, kibubu_worker, kibubu_readonly;
