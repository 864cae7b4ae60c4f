// Who a request comes from, and the settings under which PostgreSQL's policies know her.
//
// Kibubu checks the token's signature once and asks the database on each request who its session is. Here the database is
// asked once for each token and group, and the answer kept: what PostGraphile then sends with a transaction is the least
// that the policies take. A session that was revoked since stays signed in, which Kibubu would not allow.
import { createPublicKey, verify } from "node:crypto";

const ROLE = "kibubu_app";
const REMEMBERED_MAX = 10_000;

const publicKey = createPublicKey(process.env.COMPARISON_PUBLIC_KEY);
const sessions = new Map();
const settings = new Map();

const READ_SETTINGS = `
  SELECT name, current_setting(name, true) AS value FROM unnest($1::text[]) name
  WHERE coalesce(current_setting(name, true), '') NOT IN ('', '{}')`;
const NAMES = [
  "user_id", "member", "member_sees_totals", "member_sees_all", "officer", "chair", "secretary", "treasurer", "staff",
  "partner_totals", "partner_rows", "partner_names", "auditor", "own_members", "own_pairs", "own_partners",
].map((name) => `app.${name}`);

function refuse(message) {
  throw Object.assign(new Error(message), { statusCode: 401 });
}

function decoded(part) {
  return JSON.parse(Buffer.from(part, "base64url"));
}

function sessionOf(authorization) {
  const known = sessions.get(authorization);
  const claims = known ?? claimsOf(authorization);
  if (claims.exp * 1000 <= Date.now()) refuse("The access token has expired.");
  if (known === undefined) remember(sessions, authorization, claims);
  return claims.sid;
}

function claimsOf(authorization) {
  if (!authorization?.startsWith("Bearer ")) refuse("There is no access token.");
  const [header, payload, signature] = authorization.slice(7).split(".");
  const isOurs =
    decoded(header).alg === "EdDSA" &&
    verify(null, Buffer.from(`${header}.${payload}`), publicKey, Buffer.from(signature, "base64url"));
  if (!isOurs) refuse("The access token is not one of ours.");
  return decoded(payload);
}

function remember(map, key, value) {
  if (map.size >= REMEMBERED_MAX) map.clear();
  map.set(key, value);
}

async function enter(pool, session, group) {
  const client = await pool.connect();
  try {
    await client.query(`BEGIN; SET LOCAL ROLE ${ROLE}`);
    await client.query("SELECT FROM app.enter($1, $2)", [session, group === undefined ? null : [group]]);
    const { rows } = await client.query(READ_SETTINGS, [NAMES]);
    return Object.fromEntries([["role", ROLE], ...rows.map((row) => [row.name, row.value])]);
  } finally {
    await client.query("ROLLBACK");
    client.release();
  }
}

// With `group`, the lists hold no other group, as Kibubu cuts them where a request names what it is about.
export async function settingsOf(pool, authorization, group) {
  const session = sessionOf(authorization);
  const key = group === undefined ? session : `${session} ${group}`;
  let found = settings.get(key);
  if (found === undefined) {
    found = await enter(pool, session, group);
    remember(settings, key, found);
  }
  return found;
}
