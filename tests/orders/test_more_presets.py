"""Presets of further platforms, on files of their exports' own columns."""

from __future__ import annotations

import datetime
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from canonical_rows import read
from landed import Shop

from crm.orders import mapping
from crm.orders.mapping import MappingError
from crm.orders.reading import SourceError


def picked(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row["reject_reason"] or row[name] for name in names) for row in rows]


AMAZON = """\
amazon-order-id\tmerchant-order-id\tpurchase-date\tlast-updated-date\torder-status\tfulfillment-channel\tsales-channel\t\
order-channel\turl\tship-service-level\tproduct-name\tsku\tasin\titem-status\tquantity\tcurrency\titem-price\titem-tax\t\
shipping-price\tshipping-tax\tgift-wrap-price\tgift-wrap-tax\titem-promotion-discount\tship-promotion-discount\t\
ship-city\tship-state\tship-postal-code\tship-country\tpromotion-ids
303-1\t\t2024-03-01T09:00:00+00:00\t2024-03-02T09:00:00+00:00\tShipped\tAmazon\tAmazon.de\t\t\tStandard\t19" shelf\t\
S-1\tB01\tShipped\t2\tEUR\t40.00\t\t4.90\t\t1.00\t\t5.00\t4.90\tUlm\t\t89073\tDE\tSPRING
303-1\t\t2024-03-01T09:00:00+00:00\t2024-03-02T09:00:00+00:00\tShipped\tAmazon\tAmazon.de\t\t\tStandard\tTea\tS-2\t\
B02\tShipped\t1\tEUR\t10.00\t\t\t\t\t\t\t\tUlm\t\t89073\tDE\t
"""


def test_amazon_orders_are_read_without_quotes_and_promotions_are_taken_off() -> None:
    rows = read(mapping.load("amazon_orders"), AMAZON, "orders.txt")
    names = ("order_id", "product_name", "quantity", "amount", "discount", "shipping_fee", "status", "customer")
    assert picked(rows, *names) == [
        ("303-1", '19" shelf', 2, Decimal(35), Decimal(5), Decimal(1), "shipped", None),
        ("303-1", "Tea", 1, Decimal(10), None, None, "shipped", None),
    ]
    assert rows[0]["ordered_at"] == datetime.datetime(2024, 3, 1, 9, tzinfo=datetime.UTC)


def test_amazon_orders_in_an_older_encoding_are_read_and_it_is_told() -> None:
    warnings: Counter[str] = Counter()
    content = AMAZON.replace("Tea", "Tüte").encode("cp1252")
    rows = read(mapping.load("amazon_orders"), content, "orders.txt", warnings=warnings)
    assert (rows[1]["product_name"], warnings) == ("Tüte", {"file_in_cp1252": 1})


WOOCOMMERCE = """\
order_id,order_number,order_date,status,shipping_total,order_total,order_currency,customer_id,billing_first_name,\
billing_email,billing_phone,billing_country,refunded_total,item_name,item_sku,item_quantity,item_total
71,1071,2024-03-01 10:00:00,completed,4.90,44.90,EUR,17,Kay,Kay@example.com,+491701234567,DE,0.00,Tea,TEA,2,20.00
71,1071,2024-03-01 10:00:00,completed,4.90,44.90,EUR,17,Kay,Kay@example.com,+491701234567,DE,0.00,Pot,POT,1,20.00
72,1072,2024-03-01 11:00:00,on-hold,0.00,10.00,EUR,18,Max,max@example.com,,DE,0.00,Tea,TEA,1,10.00
73,1073,2024-03-01 12:00:00,processing,0.00,10.00,EUR,19,Noa,noa@example.com,,DE,10.00,Tea,TEA,1,10.00
"""


def test_woocommerce_items_carry_their_own_totals_and_the_orders_shipping_counts_once() -> None:
    rows = read(mapping.load("woocommerce_orders"), WOOCOMMERCE)
    assert picked(rows, "order_id", "customer", "product", "amount", "shipping_fee", "status", "refund_amount") == [
        ("1071", "17", "TEA", 20, Decimal("4.9"), "completed", 0),
        ("1071", "17", "POT", 20, None, "completed", None),
        ("1072", "18", "TEA", 10, 0, "unpaid", 0),
        ("1073", "19", "TEA", 10, 0, "paid", 10),
    ]
    people = read(mapping.load("woocommerce_orders"), WOOCOMMERCE, kind="customers")
    assert picked(people, "customer", "email", "country")[0] == ("17", "Kay@example.com".lower(), "DE")


ADVANCED = """\
Order Number,Order Status,Order Date,First Name (Billing),Email (Billing),Country Code (Billing),Order Shipping Amount,\
Order Refund Amount,Order Total Amount,SKU,Item #,Item Name,Quantity (- Refund),Item Cost,Coupon Code
501,Pending payment,2024-01-15 12:00,Kay,KAY@example.com,DE,4.90,,24.90,TEA,1,Tea,2,10.00,
"""


def test_woocommerces_advanced_export_is_read_by_its_headings() -> None:
    rows = read(mapping.load("woocommerce_orders"), ADVANCED)
    assert picked(rows, "customer", "quantity", "amount", "status") == [("kay@example.com", 2, 20, "unpaid")]


MAGENTO = """\
ID,"Purchase Point","Purchase Date","Bill-to Name","Ship-to Name","Grand Total (Base)","Grand Total (Purchased)",\
Status,"Billing Address","Shipping Address","Shipping Information","Customer Email","Customer Group",Subtotal,\
"Shipping and Handling","Customer Name","Payment Method","Total Refunded"
000000001,"Main Website","Mar 1, 2024 10:31:27 AM","Ann B","Ann B",1034.9000,1034.9000,Complete,x,x,x,\
Ann@example.com,General,1030.0000,4.9000,"Ann B",checkmo,
000000002,"Main Website","2024-03-02 10:31:27","Bob","Bob",10.0000,10.0000,"On Hold",x,x,x,bob@example.com,General,\
10.0000,0.0000,Bob,checkmo,0.0000
"""


def test_magento_orders_are_their_total_without_shipping() -> None:
    rows = read(mapping.load("magento_orders"), MAGENTO)
    assert picked(rows, "order_id", "customer", "amount", "shipping_fee", "status") == [
        ("000000001", "ann@example.com", 1030, Decimal("4.9"), "completed"),
        ("000000002", "bob@example.com", 10, 0, "unpaid"),
    ]
    assert rows[0]["ordered_at"] == datetime.datetime(2024, 3, 1, 9, 31, 27, tzinfo=datetime.UTC)


JD = """\
订单号,商品ID,商品名称,订购数量,支付方式,下单时间,京东价,订单金额,结算金额,余额支付,应付金额,订单状态,订单类型,下单帐号,\
客户姓名,客户地址,联系电话,订单备注,发票类型,发票抬头,发票内容,商家备注,商家备注等级,运费金额,付款确认时间,增值税发票,货号,\
订单完成时间,订单来源,订单渠道
290001,1001,红茶,2,在线支付,2024-03-01 08:15:02,50.00,150.00,140.00,0.00,146.00,完成,SOP,jd_ann,王小明,浙江省杭州市,\
13800138000,,,,,,,6.00,2024-03-01 08:16:00,,,2024-03-05 10:00:00,,APP
290001,1002,茶杯,1,在线支付,2024-03-01 08:15:02,50.00,150.00,140.00,0.00,146.00,完成,SOP,jd_ann,王小明,浙江省杭州市,\
13800138000,,,,,,,6.00,2024-03-01 08:16:00,,,2024-03-05 10:00:00,,APP
290002,1001,红茶,1,在线支付,2024-03-01 09:15:02,50.00,50.00,50.00,20.00,30.00,(锁定)等待出库,SOP,j***b,李**,北京市,\
138****1234,,,,,,,0.00,2024-03-01 09:16:00,,,,,PC
290003,1001,红茶,1,在线支付,2024-03-01 10:15:02,50.00,50.00,50.00,0.00,50.00,(删除)等待付款确认,SOP,jd_eve,,,,,,,,,,\
0.00,,,,,,PC
"""


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig"])
def test_jd_lines_add_up_to_what_was_paid_for_the_goods(encoding: str) -> None:
    rows = read(mapping.load("jd_orders"), JD.encode(encoding))
    assert picked(rows, "order_id", "customer", "amount", "shipping_fee", "status", "entry_source") == [
        ("290001", "jd_ann", Decimal("93.3333"), 6, "completed", "APP"),
        ("290001", "jd_ann", Decimal("46.6667"), None, "completed", "APP"),
        ("290002", None, 50, 0, "paid", "PC"),
        ("290003", "jd_eve", 50, 0, "cancelled", "PC"),
    ]


SQUARE = """\
Date,Time,Time Zone,Category,Item,Qty,Price Point Name,SKU,Modifiers Applied,Gross Sales,Discounts,Net Sales,Tax,\
Transaction ID,Payment ID,Device Name,Notes,Details,Event Type,Location,Dining Option,Customer ID,Customer Name,\
Customer Reference ID
2024-09-13,10:02:11,Eastern Time (US & Canada),Mugs,Mug,1.0,Regular,MUG-1,,$18.00,-$3.00,$15.00,$1.20,T1,P1,iPad,,,\
Payment,Fair,,CUST1,Dee Example,
2024-09-14,11:00:00,Eastern Time (US & Canada),Mugs,Mug,-1.0,Regular,MUG-1,,-$18.00,$3.00,-$15.00,-$1.20,T1,P2,iPad,,,\
Refund,Fair,,CUST1,Dee Example,
"""


def test_squares_refund_rows_pay_back_what_they_say() -> None:
    rows = read(mapping.load("square_items"), SQUARE)
    assert picked(rows, "order_id", "amount", "refund_id", "refund_amount") == [
        ("T1", 15, None, None),
        ("T1", None, "P2", 15),
    ]
    assert rows[0]["ordered_at"] == datetime.datetime(2024, 9, 13, 14, 2, 11, tzinfo=datetime.UTC)


# --- Taobao in several encodings, by day and by month

TAOBAO = """\
订单编号,买家会员名,买家支付宝账号,买家应付货款,买家应付邮费,买家支付积分,总金额,返点积分,买家实际支付金额,买家实际支付积分,\
订单状态,买家留言,收货人姓名,收货地址,运送方式,联系电话,联系手机,订单创建时间,订单付款时间,宝贝标题,宝贝种类,物流单号,物流公司,\
订单备注,宝贝总数量
="2024030100000011",甲乙丙,,45.00,0.00,0,45.00,0,45.00,0,{status},,赵一,浙江省 杭州市,快递,,'13800138000,\
2024-03-01 08:15:02,2024-03-01 08:16:40,茶,1,,,,1
"""


@pytest.mark.parametrize("encoding", ["gbk", "utf-8", "utf-8-sig", "gb18030"])
def test_taobao_is_read_in_the_encoding_that_it_is_in(encoding: str) -> None:
    warnings: Counter[str] = Counter()
    content = TAOBAO.format(status="卖家部分发货").encode(encoding)
    rows = read(mapping.load("taobao_orders"), content, warnings=warnings)
    assert picked(rows, "order_id", "customer", "status") == [("2024030100000011", "甲乙丙", "shipped")]
    assert [name for name in warnings if name.startswith("file_in")] == [
        "file_in_utf-8" if "utf" in encoding else "file_in_gb18030"
    ]


def test_a_file_of_none_of_the_encodings_is_refused() -> None:
    with pytest.raises(SourceError, match=r"is neither utf-8 nor gb18030: as .*line \d+.*; correct it there"):
        read(mapping.load("taobao_orders"), TAOBAO.encode() + b"\xff\xff\xff")


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("没有创建支付宝交易", "unpaid"),
        ("等待买家付款", "unpaid"),
        ("国际信用卡支付付款确认中", "unpaid"),
        ("买家已付款，等待卖家发货", "paid"),
        ("卖家部分发货", "shipped"),
        ("卖家已发货，等待买家确认", "shipped"),
        ("买家已签收", "shipped"),
        ("交易成功", "completed"),
        ("付款以后用户退款成功，交易自动关闭", "refunded"),
        ("付款以前，卖家或买家主动关闭交易", "cancelled"),
        ("交易关闭", "cancelled"),
    ],
)
def test_taobaos_status_texts_are_known(word: str, status: str) -> None:
    assert read(mapping.load("taobao_orders"), TAOBAO.format(status=word))[0]["status"] == status


def test_a_mapping_may_be_like_another_but_for_some_keys(tmp_path: Path) -> None:
    monthly, daily = mapping.load("taobao_monthly"), mapping.load("taobao_orders")
    assert (monthly.orders.by_date, daily.orders.by_date) == (False, True)
    assert monthly.customers is not None
    assert monthly.customers.files == monthly.orders.files
    same = {"orders": {"files": ()}, "customers": {"files": ()}}
    assert monthly.model_copy(update=same).orders == daily.model_copy(update=same).orders
    (tmp_path / "mine.yaml").write_text("like: taobao_monthly\n")
    with pytest.raises(MappingError, match="taobao_monthly is itself like another one"):
        mapping.load(tmp_path / "mine.yaml")


@pytest.mark.parametrize(
    ("encodings", "problem"), [("[latin-1, utf-8]", "can only stand last"), ("[utf-8]", "one enc")]
)
def test_lists_of_encodings_that_make_no_sense_are_refused(tmp_path: Path, encodings: str, problem: str) -> None:
    (tmp_path / "mine.yaml").write_text(f"like: taobao_orders\norders: {{encoding: {encodings}}}\n")
    with pytest.raises(MappingError, match=problem):
        mapping.load(tmp_path / "mine.yaml")


ETSY = """\
"Sale Date","Item Name",Buyer,Quantity,Price,"Coupon Code","Coupon Details","Discount Amount","Shipping Discount",\
"Order Shipping","Order Sales Tax","Item Total",Currency,"Transaction ID","Listing ID","Date Paid","Date Shipped",\
"Ship Name","Ship Address1","Ship Address2","Ship City","Ship State","Ship Zipcode","Ship Country","Order ID",\
Variations,"Order Type","Listings Type","Payment Type","InPerson Discount","InPerson Location","VAT Paid by Buyer",SKU
03/14/24,"Fox, framed",Kay Lee (KayLee7),2,20.00,SPRING,SPRING - 10%,4.00,0,6.50,0,40.00,USD,71,901,03/14/2024,,\
Kay Lee,1 Main St,,Austin,TX,78701,United States,3001,,online,listing,online_cc,,,0,FOX
03/14/24,Owl card,Kay Lee (KayLee7),1,3.50,,,0,0,6.50,0,3.50,USD,72,902,03/14/2024,,\
Kay Lee,1 Main St,,Austin,TX,78701,United States,3001,,online,listing,online_cc,,,0,
03/20/24,Print,maxi,1,"1,200.00",,,0,0,0,0,"1,200.00",USD,73,903,03/21/2024,,\
Max,2 Main St,,Reno,NV,89501,United States,3002,,online,listing,online_cc,,,0,PRINT
"""


def test_etsy_items_are_read_net_of_coupons_and_the_orders_shipping_counts_once() -> None:
    rows = read(mapping.load("etsy_items"), ETSY, "EtsySoldOrderItems2024.csv")
    assert picked(rows, "order_id", "customer", "product", "quantity", "amount", "shipping_fee") == [
        ("3001", "kaylee7", "FOX", 2, 36, Decimal("6.5")),
        ("3001", "kaylee7", "902", 1, Decimal("3.5"), None),
        ("3002", "maxi", "PRINT", 1, 1200, 0),
    ]
    people = read(mapping.load("etsy_items"), ETSY, "EtsySoldOrderItems2024.csv", kind="customers")
    assert picked(people, "customer", "region")[-1] == ("maxi", "NV")


# --- shops of several files

OLIST = {
    "olist_orders_dataset": """\
order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,order_delivered_carrier_date,\
order_delivered_customer_date,order_estimated_delivery_date
o1,c1,delivered,2017-10-02 10:56:33,2017-10-02 11:07:15,,,2017-10-18 00:00:00
o2,c2,shipped,2017-10-03 08:00:00,2017-10-03 09:00:00,,,2017-10-18 00:00:00
o3,c3,canceled,2017-10-03 09:00:00,,,,2017-10-18 00:00:00
""",
    "olist_order_items_dataset": """\
order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value
o1,1,p1,s1,2017-10-06 11:07:15,29.99,8.72
o1,2,p1,s1,2017-10-06 11:07:15,29.99,8.72
o2,1,p2,s1,2017-10-06 11:07:15,10.00,5.00
""",
    "olist_order_payments_dataset": """\
order_id,payment_sequential,payment_type,payment_installments,payment_value
o1,1,credit_card,1,57.42
o1,2,voucher,1,20.00
o2,1,boleto,1,15.00
""",
    "olist_customers_dataset": """\
customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state
c1,u1,01001,sao paulo,SP
c2,u1,01001,sao paulo,SP
c3,u2,01001,sao paulo,SP
""",
    "olist_products_dataset": """\
product_id,product_category_name,product_name_lenght,product_description_lenght,product_photos_qty
p1,perfumaria,40,287,1
p2,,40,287,1
""",
    "product_category_name_translation": """\
\ufeffproduct_category_name,product_category_name_english
perfumaria,perfumery
""",
}

FUZZY = {
    "orders": """\
order_id,created_at,website_session_id,user_id,primary_product_id,items_purchased,price_usd,cogs_usd
57,2012-03-19 10:42:46,20,20,1,2,99.98,38.98
""",
    "order_items": """\
order_item_id,created_at,order_id,product_id,is_primary_item,price_usd,cogs_usd
1,2012-03-19 10:42:46,57,1,1,49.99,19.49
2,2012-03-19 10:42:46,57,2,0,49.99,19.49
""",
    "order_item_refunds": """\
order_item_refund_id,created_at,order_item_id,order_id,refund_amount_usd
1,2012-04-06 11:32:43,2,57,49.99
""",
    "products": """\
product_id,created_at,product_name
1,2012-03-19 08:00:00,The Original Mr. Fuzzy
2,2013-01-06 13:00:00,The Forever Love Bear
""",
}


def load(tea: Shop, name: str, currency: str, files: dict[str, str], *, first: str, last: str) -> dict[str, Any]:
    folder = tea.folder / "export"
    folder.mkdir(parents=True)
    for file, text in files.items():
        (folder / f"{file}.csv").write_text(text, encoding="utf-8")
    tea.business = tea.business.model_copy(update={"currency": currency, "sources": [name]})
    return tea.take(last, mode="load", from_date=datetime.date.fromisoformat(first), files=folder)


def test_olists_files_become_orders_customers_and_products(tea: Shop, query) -> None:
    counts = load(tea, "olist", "BRL", OLIST, first="2017-10-01", last="2017-10-31")
    assert (counts["lines_published"], counts["rejected"]) == (3, {})
    assert query(
        "select o.order_id, c.external_id, o.status, o.amount::float, o.shipping_fee::float, o.ordered_on::text"
        " from crm.orders as o inner join crm.customer as c on o.customer_id = c.customer_id order by 1"
    ) == [
        ("o1", "u1", "completed", 59.98, 17.44, "2017-10-02"),
        ("o2", "u1", "shipped", 10.0, 5.0, "2017-10-03"),
    ]
    assert query("select category from crm.product where external_id = 'p1' order by 1") == [("perfumery",), (None,)], (
        "as the lines and as the file of products say"
    )


def test_the_fuzzy_factorys_refunds_are_known_on_their_own_day(tea: Shop, query) -> None:
    counts = load(tea, "fuzzy_factory", "USD", FUZZY, first="2012-03-01", last="2012-04-30")
    assert (counts["lines_published"], counts["rejected"]) == (3, {})
    assert query("select order_id, amount::float, known_on::text from crm.orders") == [("57", 99.98, "2012-03-19")]
    assert query("select refund_id, amount::float, known_on::text from crm.refund") == [("1", 49.99, "2012-04-06")]
