-- Every version of the profile, emptied. The rows stay with their dates: they say that the account places fake orders
-- (its orders count nowhere), which no figure of the past may forget.
-- :customer_id
update crm.customer_profile
set
    name = null,
    email = null,
    mobile = null,
    email_key = null,
    mobile_key = null,
    country = null,
    region = null,
    time_zone = null,
    locale = null,
    birthday = null,
    birthday_calendar = null,
    birthday_has_year = true,
    age = null,
    sex = null,
    gift_buyer = null,
    preferred_channel = null,
    tags = '{}',
    email_masked = false,
    mobile_masked = false
where
    customer_id = :customer_id
    and (
        num_nonnulls(
            name, email, mobile, email_key, mobile_key, country, region, time_zone, locale, birthday, birthday_calendar,
            age, sex, gift_buyer, preferred_channel
        ) > 0
        or tags <> '{}' or email_masked or mobile_masked or not birthday_has_year
    )
