-- Whether this warehouse keeps shop indicators.
select to_regclass('mart.shop_indicators') is not null
