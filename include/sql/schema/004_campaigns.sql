-- What was declared, what was decided about whom, and who counts as contacted.
create table crm.declaration (
    declaration_hash text primary key,
    campaign text not null,
    kind text not null,
    body text not null,
    first_used_on date not null,
    calendar jsonb
);
comment on table crm.declaration is 'Full text of every campaign declaration that a decision was made by. Reference table.';
comment on column crm.declaration.declaration_hash is 'SHA-256, in hex, of the body, followed by the calendar where there is one.';
comment on column crm.declaration.campaign is 'Campaign.';
comment on column crm.declaration.kind is 'holiday, birthday, seasonal or repurchase.';
comment on column crm.declaration.body is 'The YAML as it was.';
comment on column crm.declaration.first_used_on is 'First business date planned by it.';
comment on column crm.declaration.calendar is 'What it took from include/calendars: festivals by name, seasons by country; null = nothing.';

-- Documented in docs/campaigns.md, so that an evaluation can draw again with other salts.
create function crm.draw(key text) returns double precision
language sql immutable strict parallel safe
return cast(cast(cast(('x' || substr(md5(key), 1, 8)) as bit(32)) as bigint) as double precision) / 4294967296;
comment on function crm.draw(text) is
'Uniform number in [0, 1): the first 8 hex digits of md5(key) / 2^32. Arms: key = salt|campaign|epoch|assignment key.';

create table crm.epoch (
    campaign text not null,
    epoch text not null,
    salt text not null,
    holdout numeric(6, 5) not null,
    variants text[] not null,
    started_on date not null,
    primary key (campaign, epoch)
);
comment on table crm.epoch is 'What an epoch was begun with: a declaration that changes its salt, share or variants takes effect in the next one, so that an arm holds. Local table.';
comment on column crm.epoch.campaign is 'Campaign; "" for the global holdout.';
comment on column crm.epoch.epoch is 'campaign:occasion, or the year of a continuous campaign and of the global holdout.';
comment on column crm.epoch.salt is 'Salt of the draws.';
comment on column crm.epoch.holdout is 'Share held out.';
comment on column crm.epoch.variants is 'Variants in the order of the draw.';
comment on column crm.epoch.started_on is 'Business date of the first decision.';

create table crm.plan (
    business_date date primary key,
    send_date date not null,
    mode text not null check (mode in ('live', 'simulate')),
    whole boolean not null,
    declarations text[] not null,
    candidates bigint not null,
    included bigint not null,
    held_out bigint not null,
    excluded bigint not null,
    planned_at timestamptz not null default clock_timestamp()
);
comment on table crm.plan is 'Business dates that were decided, once each. A first delivery older than the last of them is known only from the latest published date. Local table.';
comment on column crm.plan.business_date is 'Business date whose data were decided on.';
comment on column crm.plan.send_date is 'Day on which its messages go out.';
comment on column crm.plan.mode is 'live or simulate.';
comment on column crm.plan.whole is 'All enabled campaigns were decided; false: so far only such as were started by hand.';
comment on column crm.plan.declarations is 'Hashes of the declarations in force (crm.declaration), whether due or not.';
comment on column crm.plan.candidates is 'Rows of crm.decision.';
comment on column crm.plan.included is 'Decisions to write.';
comment on column crm.plan.held_out is 'Controls.';
comment on column crm.plan.excluded is 'Everybody else, with reasons.';
comment on column crm.plan.planned_at is 'When it was decided (wall clock, for operators only).';

create table crm.hold (
    business_date date not null,
    campaign text not null default '',
    mode text not null check (mode in ('live', 'simulate')),
    since timestamptz not null,
    reasons jsonb not null default '[]',
    ended_at timestamptz,
    outcome text check (outcome in ('planned', 'expired', 'past')),
    primary key (business_date, campaign),
    check ((ended_at is null) = (outcome is null))
);
comment on table crm.hold is 'Business dates whose campaigns the gate held, or ended without sending. Local table.';
comment on column crm.hold.business_date is 'Business date that was to be planned.';
comment on column crm.hold.campaign is 'Campaign that was started by hand; "" for all that are due.';
comment on column crm.hold.mode is 'live or simulate.';
comment on column crm.hold.since is 'When the gate was first found closed, by the run''s clock.';
comment on column crm.hold.reasons is 'What was missing when it was last looked at: a list of {business_date, shop, problem, source_file, failure, text}.';
comment on column crm.hold.ended_at is 'When it ended, by the run''s clock; null = still held.';
comment on column crm.hold.outcome is 'planned (what was missing came, or was waived), expired (every send_by passed) or past (the send date passed): the last two sent nothing.';

create table crm.waiver (
    business_date date primary key,
    operator text not null,
    reason text not null,
    waived_at timestamptz not null
);
comment on table crm.waiver is 'Business dates that campaigns of later dates do not wait for any more, because an operator said so. Local table.';
comment on column crm.waiver.business_date is 'Business date that is missing, failed or unplanned.';
comment on column crm.waiver.operator is 'Who waived it: the user who started the DAG waive.';
comment on column crm.waiver.reason is 'Why, in the operator''s words.';
comment on column crm.waiver.waived_at is 'When.';

create table crm.decision (
    customer_id bigint not null,
    campaign text not null,
    occasion text not null,
    instance text not null default '',
    wave text not null default 'main',
    kind text not null,
    direction text,
    business_date date not null,
    send_date date not null,
    occasion_date date not null,
    priority integer not null,
    decision text not null check (decision in ('include', 'hold_out', 'exclude')),
    reason text,
    reasons text[] not null default '{}',
    channel text check (channel in ('email', 'sms')),
    contact_key uuid,
    assignment_key uuid,
    epoch text not null,
    salt text not null,
    arm text check (arm in ('treatment', 'control')),
    variant text not null default 'a',
    segment text,
    tier text,
    stage text,
    locale text,
    goal text not null,
    goal_item text,
    item_key text,
    offer jsonb,
    coupon_cost numeric(18, 4) not null default 0,
    sending_cost numeric(18, 4) not null default 0,
    planned_send_at timestamptz not null,
    send_by timestamptz not null,
    cut_off_at timestamptz not null,
    declaration_hash text not null,
    breakpoints_on date,
    cycles_on date,
    primary key (customer_id, campaign, occasion, instance, wave),
    check ((decision = 'exclude') = (reason is not null)),
    check (decision = 'exclude' or (channel is not null and contact_key is not null and arm is not null))
);
create index decision_by_campaign on crm.decision (campaign, occasion, wave, send_date);
create index decision_by_send_date on crm.decision (send_date);
comment on table crm.decision is 'Every candidate of every due campaign, in or out, with the reason. One row per customer, campaign, occasion, instance and wave. Distributed by customer_id.';
comment on column crm.decision.customer_id is 'Candidate.';
comment on column crm.decision.campaign is 'Campaign.';
comment on column crm.decision.occasion is 'Dated occasion, e.g. thanksgiving-2017; for continuous campaigns the year.';
comment on column crm.decision.instance is 'What makes it once only in a continuous campaign (item and last purchase); "" elsewhere.';
comment on column crm.decision.wave is 'Wave of the campaign.';
comment on column crm.decision.kind is 'Kind of campaign.';
comment on column crm.decision.direction is 'Content direction: image, product, promotion, emotion or survey.';
comment on column crm.decision.business_date is 'Business date whose data were read.';
comment on column crm.decision.send_date is 'Day on which the message goes out.';
comment on column crm.decision.occasion_date is 'Date of the occasion itself.';
comment on column crm.decision.priority is 'Priority of the campaign, 1 first.';
comment on column crm.decision.decision is 'include, hold_out (the campaign''s own control) or exclude.';
comment on column crm.decision.reason is 'First reason of an exclusion (docs/exclusions.md).';
comment on column crm.decision.reasons is 'All reasons that applied, in order.';
comment on column crm.decision.channel is 'The one channel: the preferred permitted one, else in the order of the declaration. Also for held-out rows.';
comment on column crm.decision.contact_key is 'Key of the address on that channel.';
comment on column crm.decision.assignment_key is 'Key that the arm is drawn by: the e-mail''s contact key, else the mobile''s; stored at the first decision of the epoch.';
comment on column crm.decision.epoch is 'Arms hold within an epoch.';
comment on column crm.decision.salt is 'Salt of the draw.';
comment on column crm.decision.arm is 'treatment or control; null where excluded.';
comment on column crm.decision.variant is 'Variant of words and offer.';
comment on column crm.decision.segment is 'RFM segment at assignment: the stratum.';
comment on column crm.decision.tier is 'Tier at assignment.';
comment on column crm.decision.stage is 'Lifecycle stage at assignment.';
comment on column crm.decision.locale is 'Language of the message.';
comment on column crm.decision.goal is 'any_order, product, category or minimum_value.';
comment on column crm.decision.goal_item is 'Product id, category or amount of the goal.';
comment on column crm.decision.item_key is 'Item that the message is about (repurchase), as in crm.repurchase_cycle.';
comment on column crm.decision.offer is 'Offer as decided: text by locale and the code for all, or a fitted coupon''s threshold, value, currency, expires_on, and the aov and margin that it was fitted to (docs/offers.md). A customer''s own code is in crm.coupon. Held-out rows carry the offer that they would have had.';
comment on column crm.decision.coupon_cost is 'Cost of the coupon if redeemed: a fitted one''s value; reporting currency.';
comment on column crm.decision.sending_cost is 'Cost of sending; reporting currency.';
comment on column crm.decision.planned_send_at is 'When it goes out, or would have: both arms'' windows start here.';
comment on column crm.decision.send_by is 'After this it is not sent any more.';
comment on column crm.decision.cut_off_at is 'End of the business date: nothing later was read.';
comment on column crm.decision.declaration_hash is 'Declaration in force.';
comment on column crm.decision.breakpoints_on is 'Calibration of the breakpoints in force.';
comment on column crm.decision.cycles_on is 'Calibration of the cycles in force.';

create table crm.detectable_effect (
    campaign text not null,
    occasion text not null,
    wave text not null,
    send_date date not null,
    business_date date not null,
    goal text not null,
    window_days integer not null,
    eligible bigint not null,
    baseline_rate double precision,
    baseline text not null,
    holdout double precision not null,
    effect double precision,
    worthwhile_lift double precision not null,
    proposed_holdout double precision,
    occasions_to_pool integer,
    primary key (campaign, occasion, wave, send_date)
);
comment on table crm.detectable_effect is 'What each due campaign could show, as told before its send. One row per campaign, occasion, wave and send date. Local table.';
comment on column crm.detectable_effect.campaign is 'Campaign.';
comment on column crm.detectable_effect.occasion is 'Occasion.';
comment on column crm.detectable_effect.wave is 'Wave.';
comment on column crm.detectable_effect.send_date is 'Day on which its messages go out.';
comment on column crm.detectable_effect.business_date is 'Business date whose data were read.';
comment on column crm.detectable_effect.goal is 'Declared goal.';
comment on column crm.detectable_effect.window_days is 'Primary window, days of 24 h.';
comment on column crm.detectable_effect.eligible is 'Customers after every exclusion, both arms.';
comment on column crm.detectable_effect.baseline_rate is 'Share of them that reaches the goal in such a window unasked; null where nothing comparable is known.';
comment on column crm.detectable_effect.baseline is 'Where the rate comes from.';
comment on column crm.detectable_effect.holdout is 'Share held out.';
comment on column crm.detectable_effect.effect is 'Smallest rise of the rate that this send shows with 80 % power at two-sided 5 %.';
comment on column crm.detectable_effect.worthwhile_lift is 'Rise that the campaign is worth its trouble for, as declared.';
comment on column crm.detectable_effect.proposed_holdout is 'Smallest share that would show it; null where half is not enough.';
comment on column crm.detectable_effect.occasions_to_pool is 'How many such sends show it together at the share held out.';

create table crm.contact_claim (
    contact_key uuid not null,
    send_date date not null,
    channel text not null,
    campaign text not null,
    occasion text not null,
    instance text not null default '',
    wave text not null default 'main',
    customer_id bigint not null,
    direction text,
    assignment_key uuid,
    ghost boolean not null default false,
    released boolean not null default false,
    primary key (contact_key, send_date),
    unique (contact_key, channel, campaign, occasion, instance, wave)
);
create index contact_claim_by_date on crm.contact_claim (send_date);
create index contact_claim_by_person on crm.contact_claim (assignment_key);
comment on table crm.contact_claim is 'Who counts as contacted, by address: written with the decisions; one contact per address and send date, one per occasion. Distributed by contact_key.';
comment on column crm.contact_claim.contact_key is 'Key of the address.';
comment on column crm.contact_claim.send_date is 'Day of the contact.';
comment on column crm.contact_claim.channel is 'email or sms.';
comment on column crm.contact_claim.campaign is 'Campaign, or "imported" for contacts of an earlier tool.';
comment on column crm.contact_claim.occasion is 'Occasion.';
comment on column crm.contact_claim.instance is 'Instance.';
comment on column crm.contact_claim.wave is 'Wave.';
comment on column crm.contact_claim.customer_id is 'Customer.';
comment on column crm.contact_claim.direction is 'Content direction of the campaign; null for imported contacts, which count as any.';
comment on column crm.contact_claim.assignment_key is 'The person, whatever the address; null for imported contacts.';
comment on column crm.contact_claim.ghost is 'Held out: counts as contacted all the same.';
comment on column crm.contact_claim.released is 'Skipped or definitely failed: counts no more for caps.';

-- Coupons: random codes without look-alikes (no 0 and O, no 1, I and L), the last character a check on the others.
create function crm.coupon_check(body text) returns text
language sql immutable strict parallel safe
return substr(
    '23456789ABCDEFGHJKMNPQRSTUVWXYZ', 1 + cast(cast(('x' || substr(md5(body), 1, 7)) as bit(28)) as integer) % 31, 1
);
comment on function crm.coupon_check(text) is
'Last character of a coupon code: finds 30 of 31 mistyped codes without a look-up. The first 7 hex digits of md5(body) mod 31.';

-- Base64 of a hash without the characters that can be mistaken. A random number for each code would cost four times as much.
create function crm.coupon_body(seed text, key text) returns text
language sql immutable strict parallel safe
return left(
    translate(upper(encode(sha256(convert_to(seed || '|' || key, 'UTF8')), 'base64')), '01ILO+/=', ''), 11
);
comment on function crm.coupon_body(text, text) is
'A code without its check character: 11 out of 31 letters and digits, about 54 bits of a hash of key and of a random seed that is drawn for one pass and kept nowhere.';

create table crm.coupon (
    customer_id bigint not null,
    campaign text not null,
    occasion text not null,
    instance text not null default '',
    wave text not null default 'main',
    variant text not null default 'a',
    tier text,
    business_date date not null,
    code text not null,
    threshold numeric(18, 4) not null,
    value numeric(18, 4) not null,
    currency text not null,
    starts_on date not null,
    expires_on date not null,
    exported_at timestamptz,
    primary key (customer_id, campaign, occasion, instance, wave)
);
create index coupon_by_date on crm.coupon using brin (business_date) with (pages_per_range = 32);
comment on table crm.coupon is 'Fitted coupons with a code of their own, one per included decision; written with the decisions. Distributed by customer_id.';
comment on column crm.coupon.customer_id is 'Customer whom it was issued to.';
comment on column crm.coupon.campaign is 'Campaign.';
comment on column crm.coupon.occasion is 'Occasion.';
comment on column crm.coupon.instance is 'Instance.';
comment on column crm.coupon.wave is 'Wave.';
comment on column crm.coupon.variant is 'Variant of words and offer.';
comment on column crm.coupon.tier is 'Tier at assignment.';
comment on column crm.coupon.business_date is 'Business date of the decision.';
comment on column crm.coupon.code is 'What the customer enters at checkout. Money: shown in no view and no log.';
comment on column crm.coupon.threshold is 'Smallest order that it counts for; 0 = any; reporting currency.';
comment on column crm.coupon.value is 'What it takes off; reporting currency.';
comment on column crm.coupon.currency is 'Reporting currency, ISO 4217.';
comment on column crm.coupon.starts_on is 'First day, in the business''s time zone: the send date.';
comment on column crm.coupon.expires_on is 'Last day on which it can be used, in the business''s time zone.';
comment on column crm.coupon.exported_at is 'When it was last written to a file for the shop platform (wall clock, for operators only).';

create table crm.coupon_code (
    code text primary key,
    customer_id bigint not null
);
comment on table crm.coupon_code is 'Whose code it is: codes are unique across customers, so this is keyed by the code, as crm.contact_claim is by the address. Distributed by code.';
comment on column crm.coupon_code.code is 'Code.';
comment on column crm.coupon_code.customer_id is 'Customer whom it was issued to; finds the row of crm.coupon.';

create table crm.coupon_use (
    customer_id bigint not null,
    code text not null,
    order_key bigint not null,
    file_version_id bigint not null,
    outcome text not null check (outcome in ('redeemed', 'repeated', 'expired')),
    buyer_id bigint not null,
    ordered_at timestamptz not null,
    known_on date not null,
    primary key (customer_id, code, order_key)
);
create unique index coupon_use_once on crm.coupon_use (customer_id, code) where outcome = 'redeemed';
create index coupon_use_by_order on crm.coupon_use (order_key);
comment on table crm.coupon_use is 'Paid orders that name one of our codes: the first one known redeems it, for good. Append-only. Distributed by customer_id.';
comment on column crm.coupon_use.customer_id is 'Customer whom the code was issued to.';
comment on column crm.coupon_use.code is 'Code.';
comment on column crm.coupon_use.order_key is 'Order that names it.';
comment on column crm.coupon_use.file_version_id is 'File version that told us.';
comment on column crm.coupon_use.outcome is 'redeemed (the one use that counts), repeated (redeemed before) or expired (ordered after its last day).';
comment on column crm.coupon_use.buyer_id is 'Who ordered: somebody else where the code was passed on.';
comment on column crm.coupon_use.ordered_at is 'When it was ordered.';
comment on column crm.coupon_use.known_on is 'Business date whose delivery told us.';
