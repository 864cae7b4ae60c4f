-- The accounts of the charts that books begin with, whatever the kind of group, as entries rely on them: names and limits are
-- the group's to change, the rest never changes. What a group adds has a longer code, and is a plain account of its heading's
-- type. Written again, independently, in Python (domain/ledger/accounts.py), from which the charts are made.
CREATE FUNCTION ledger.chart() RETURNS TABLE (
    code text, type text, parent text, is_postable boolean, member_side text, counts_shares boolean, fund text, place text
)
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT c.code, c.type, c.parent, c.is_postable, c.member_side, c.counts_shares, c.fund, c.place
    FROM (VALUES
        ('1000', 'ASSET', NULL, false, NULL, false, NULL, NULL),
        ('1100', 'ASSET', '1000', false, NULL, false, NULL, NULL),
        ('1110', 'ASSET', '1100', true, NULL, false, 'LOAN_FUND', 'BOX'),
        ('1120', 'ASSET', '1100', true, NULL, false, 'LOAN_FUND', 'BANK'),
        ('1130', 'ASSET', '1100', true, NULL, false, 'LOAN_FUND', 'MOBILE_MONEY'),
        ('1200', 'ASSET', '1000', false, NULL, false, NULL, NULL),
        ('1210', 'ASSET', '1200', true, NULL, false, 'SOCIAL_FUND', 'BOX'),
        ('1220', 'ASSET', '1200', true, NULL, false, 'SOCIAL_FUND', 'BANK'),
        ('1230', 'ASSET', '1200', true, NULL, false, 'SOCIAL_FUND', 'MOBILE_MONEY'),
        ('1300', 'ASSET', '1000', false, NULL, false, NULL, NULL),
        ('1310', 'ASSET', '1300', true, 'DEBIT', false, NULL, NULL),
        ('1320', 'ASSET', '1300', true, 'DEBIT', false, NULL, NULL),
        ('1325', 'ASSET', '1300', true, 'DEBIT', false, NULL, NULL),
        ('1330', 'ASSET', '1300', true, 'DEBIT', false, NULL, NULL),
        ('1340', 'ASSET', '1300', true, 'DEBIT', false, NULL, NULL),
        ('1390', 'ASSET', '1300', true, NULL, false, NULL, NULL),
        ('1500', 'ASSET', '1000', false, NULL, false, NULL, NULL),
        ('1510', 'ASSET', '1500', true, NULL, false, NULL, NULL),
        ('2000', 'LIABILITY', NULL, false, NULL, false, NULL, NULL),
        ('2100', 'LIABILITY', '2000', true, 'CREDIT', false, NULL, NULL),
        ('2110', 'LIABILITY', '2000', true, 'CREDIT', false, NULL, NULL),
        ('2200', 'LIABILITY', '2000', true, NULL, false, NULL, NULL),
        ('3000', 'EQUITY', NULL, false, NULL, false, NULL, NULL),
        ('3100', 'EQUITY', '3000', true, 'CREDIT', true, NULL, NULL),
        ('3200', 'EQUITY', '3000', true, NULL, false, 'SOCIAL_FUND', NULL),
        ('3210', 'EQUITY', '3000', true, 'DEBIT', false, NULL, NULL),
        ('3900', 'EQUITY', '3000', true, NULL, false, NULL, NULL),
        ('4000', 'INCOME', NULL, false, NULL, false, NULL, NULL),
        ('4100', 'INCOME', '4000', true, NULL, false, NULL, NULL),
        ('4110', 'INCOME', '4000', true, NULL, false, NULL, NULL),
        ('4120', 'INCOME', '4000', true, NULL, false, NULL, NULL),
        ('4130', 'INCOME', '4000', true, NULL, false, NULL, NULL),
        ('4140', 'INCOME', '4000', true, NULL, false, NULL, NULL),
        ('4200', 'INCOME', '4000', true, NULL, false, NULL, NULL),
        ('4300', 'INCOME', '4000', true, NULL, false, NULL, NULL),
        ('4900', 'INCOME', '4000', true, NULL, false, NULL, NULL),
        ('5000', 'EXPENSE', NULL, false, NULL, false, NULL, NULL),
        ('5100', 'EXPENSE', '5000', true, NULL, false, NULL, NULL),
        ('5200', 'EXPENSE', '5000', true, NULL, false, NULL, NULL),
        ('5300', 'EXPENSE', '5000', true, NULL, false, NULL, NULL),
        ('5410', 'EXPENSE', '5000', true, NULL, false, NULL, NULL),
        ('5420', 'EXPENSE', '5000', true, NULL, false, NULL, NULL),
        ('5800', 'EXPENSE', '5000', true, NULL, false, NULL, NULL),
        ('5900', 'EXPENSE', '5000', true, NULL, false, NULL, NULL)
    ) c (code, type, parent, is_postable, member_side, counts_shares, fund, place)
$$;

-- The accounts of a book that are not as the chart has them, or as a group can add them.
CREATE FUNCTION ledger.misplaced_accounts(tenant uuid) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT a.id
    FROM ledger.accounts a
    LEFT JOIN ledger.accounts p ON p.tenant_id = a.tenant_id AND p.id = a.parent_id
    LEFT JOIN ledger.chart() c ON c.code = a.code
    WHERE a.tenant_id = tenant AND CASE WHEN length(a.code) = 4 THEN
        ROW (
            a.type, p.code, a.is_postable, a.member_side, a.needs_member, a.counts_shares, a.fund, a.place, a.is_required
        ) IS DISTINCT FROM ROW (
            c.type, c.parent, c.is_postable, c.member_side, c.member_side IS NOT NULL, c.counts_shares, c.fund, c.place, true
        )
    ELSE
        a.parent_id IS NULL OR a.needs_member OR a.counts_shares OR a.fund IS NOT NULL OR a.is_required
    END
$$;
