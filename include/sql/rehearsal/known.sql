-- How much is known of customers and products that campaigns choose by: where it is nothing, they find nobody.
select
    (select count(*) from crm.customer where not is_anonymous) as customers,
    exists(select from crm.customer_profile where valid_to is null and birthday is not null) as birthdays,
    exists(
        select from crm.customer_profile where valid_to is null and (email_key is not null or mobile_key is not null)
    ) as addresses,
    exists(select from crm.consent where valid_to is null and granted) as consents,
    exists(select from crm.product where valid_to is null and category is not null) as categories;
