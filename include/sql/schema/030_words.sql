-- The words of messages, kept: what an approval was about, and what a send date is written from to its end.
create table crm.words_version (
    words_hash text primary key,
    content jsonb not null,
    kept_at timestamptz not null
);
comment on table crm.words_version is 'Words of messages as they were approved or sent: each version once, whatever refers to it. No personal data. Local table.';
comment on column crm.words_version.words_hash is 'SHA-256 (hex) over the content.';
comment on column crm.words_version.content is 'files (template files with their layout and fallbacks, name to text), declarations (template and link by declaration hash) and frame (company, postal address, senders, signature, address for opting out).';
comment on column crm.words_version.kept_at is 'When it was first kept, by the run''s clock.';

create table crm.sending_words (
    campaign text not null,
    send_date date not null,
    words_hash text not null,
    frozen_at timestamptz not null,
    primary key (campaign, send_date)
);
comment on table crm.sending_words is 'The words that a campaign''s messages of a send date are written from, frozen when its first batch is taken up. Local table.';
comment on column crm.sending_words.campaign is 'Campaign.';
comment on column crm.sending_words.send_date is 'Send date.';
comment on column crm.sending_words.words_hash is 'Words (crm.words_version).';
comment on column crm.sending_words.frozen_at is 'When its first batch was taken up, by the run''s clock.';

-- A question of before is answered as it was asked: about decisions alone.
alter table crm.approval add column words_hash text not null default '';
alter table crm.approval drop constraint approval_pkey;
alter table crm.approval add primary key (campaign, business_date, decisions_hash, words_hash);
comment on column crm.approval.words_hash is 'Words that were shown, and all that may be sent (crm.words_version); empty = asked before words were kept.';
comment on table crm.approval is 'Campaigns that were too large to go out unasked, and the answer. Decisions or words that change need an approval of their own. Local table.';

grant select, insert, update, delete on crm.words_version, crm.sending_words to crm_writer;
