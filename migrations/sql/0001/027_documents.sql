-- Documents that front ends may run by their digest, as their builds registered them. Only the owner writes here.
CREATE TABLE app.trusted_documents (
    id text NOT NULL,
    document text NOT NULL,
    CONSTRAINT trusted_documents_pkey PRIMARY KEY (id),
    CONSTRAINT trusted_documents_id_is_digest CHECK (id = encode(sha256(convert_to(document, 'UTF8')), 'hex'))
);

-- What one version of an application registered.
CREATE TABLE app.document_manifests (
    application text NOT NULL,
    version text NOT NULL,
    document_ids text[] NOT NULL,
    registered_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT document_manifests_pkey PRIMARY KEY (application, version)
);

CREATE FUNCTION app.find_document(document_id text) RETURNS text
LANGUAGE sql STABLE STRICT SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
RETURN (SELECT t.document FROM app.trusted_documents t WHERE t.id = find_document.document_id);
