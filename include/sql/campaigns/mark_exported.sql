-- These codes are in a file for the shop platform. Gives how many they are.
-- Parameters: campaign, business_date, exported_at
update crm.coupon
set exported_at = :exported_at
where campaign = :campaign and business_date = :business_date
