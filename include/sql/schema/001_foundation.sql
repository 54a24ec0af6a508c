-- Schemas, roles and the one business that this warehouse serves.
create schema if not exists crm;
create schema if not exists mart;
create schema if not exists staging;
comment on schema crm is 'What the pipeline keeps: versioned facts, states, decisions, the message ledger, results.';
comment on schema mart is 'Stable views for BI tools: documented, no personal data.';
comment on schema staging is 'The one delivery that is being read now; emptied by the next one.';

-- Roles belong to the server, not to this database: they may be there already.
do $$
begin
    if not exists (select 1 from pg_roles where rolname = 'crm_writer') then
        create role crm_writer nologin;
    end if;
    if not exists (select 1 from pg_roles where rolname = 'crm_reader') then
        create role crm_reader nologin;
    end if;
exception when duplicate_object or unique_violation then
    null; -- another database of this server created them in the same instant
end
$$;

-- Keys are hashes of what the shop calls a thing, so ingesting needs neither a lookup nor a sequence.
create function crm.key64(shop text, external_id text) returns bigint
language sql immutable strict parallel safe
return hashtextextended(shop || chr(31) || external_id, 0);
comment on function crm.key64(text, text) is
'Deterministic 64-bit key of (shop, external id): customers, orders, products.';

-- The address itself never leaves crm.customer_profile; everything else speaks of its key.
create function crm.contact_key(channel text, address text) returns uuid
language sql immutable strict parallel safe
return md5(channel || ':' || address)::uuid;
comment on function crm.contact_key(text, text) is
'Key of a normalised address: lower-case e-mail, or mobile in E.164.';

create table crm.business (
    only_row boolean primary key default true check (only_row),
    name text not null,
    time_zone text not null,
    currency text not null,
    country text not null
);
comment on table crm.business is 'One installation serves one business: a second one is refused. One row.';
comment on column crm.business.only_row is 'Always true: keeps the table at one row.';
comment on column crm.business.name is 'Name of the business.';
comment on column crm.business.time_zone is 'IANA time zone of business dates and send dates.';
comment on column crm.business.currency is 'Reporting currency, ISO 4217; every amount is in it.';
comment on column crm.business.country is 'ISO 3166 country whose holidays apply.';

create table crm.shop (
    shop text primary key,
    source text not null,
    time_zone text not null
);
comment on table crm.shop is 'Shops that deliver orders. Reference table.';
comment on column crm.shop.shop is 'Short name of the shop, part of every key.';
comment on column crm.shop.source is 'Mapping (include/sources) by which its files are read.';
comment on column crm.shop.time_zone is 'IANA time zone of the shop''s order times.';
