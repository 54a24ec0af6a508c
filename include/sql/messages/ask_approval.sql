-- Freeze what a person is asked about. Asked again about the same decisions and words, the first question stands.
-- :campaign, :business_date, :decisions_hash, :words_hash, :messages, :sending_cost, :coupon_cost, :asked_at
insert into crm.approval (
    campaign, business_date, decisions_hash, words_hash, messages, sending_cost, coupon_cost, asked_at
)
values (
    :campaign, :business_date, :decisions_hash, :words_hash, :messages, :sending_cost, :coupon_cost, :asked_at
)
on conflict (campaign, business_date, decisions_hash, words_hash) do nothing
