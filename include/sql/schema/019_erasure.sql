-- Erasure by request: whose personal data were erased, and which addresses must not come back with a later file.

create table crm.erasure (
    customer_id bigint primary key,
    requested_by text not null,
    requested_at timestamptz not null,
    erased jsonb not null default '{}',
    files_removed_at timestamptz,
    files_removed integer not null default 0
);
comment on table crm.erasure is 'Customers whose personal data were erased by request; later deliveries are published without theirs. No personal data. Local table.';
comment on column crm.erasure.customer_id is 'Customer: the key that is left of them.';
comment on column crm.erasure.requested_by is 'User who started the first erasure.';
comment on column crm.erasure.requested_at is 'When, by that user''s clock.';
comment on column crm.erasure.erased is 'Rows of the warehouse that were emptied or deleted, by what they were; a repeated erasure adds its own.';
comment on column crm.erasure.files_removed_at is 'When the files of the outbox were removed last; null = still to be done: repeat the erasure.';
comment on column crm.erasure.files_removed is 'Files of the outbox that were removed.';

create table crm.erased_contact (
    contact_key uuid primary key
);
comment on table crm.erased_contact is 'Keys of the addresses of erased customers, not told whose: what a later file says of them is dropped once it was read. Local table.';
comment on column crm.erased_contact.contact_key is 'Key of the address; suppressed for ever in crm.suppression.';

grant select, insert, update on crm.erasure, crm.erased_contact to crm_writer;
