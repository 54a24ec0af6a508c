"""Every word of the report, in English and Chinese. Statuses and goals are looked up; other names stay as they are."""

from __future__ import annotations

from typing import Any

LOCALES = ("en", "zh-CN")

#: Key -> (en, zh-CN).
WORDS: dict[str, tuple[str, str]] = {
    # Frame
    "day_report": ("Daily report", "每日报告"),
    "campaign_report": ("Campaign report", "活动报告"),
    "as_of": ("As of the end of {date}", "截至{date}日终"),
    "facts": (
        "Every figure counts orders and refunds as they were known then.",
        "所有数字均按当时已知的订单与退款计算。",
    ),
    "back": ("All campaigns", "全部活动"),
    "footer": (
        "Intervals are 95 %: the truth lies in between 19 times of 20. Amounts in {currency}, net of refunds and"
        " coupons. The same figures as the views of mart.",
        "区间为95%置信区间：真值20次中有19次落在其中。金额单位{currency}，已扣除退款与优惠。数字与mart视图一致。",
    ),
    "separator": (" · ", " · "),
    # Sections of a day
    "warnings": ("Look at this first", "请先看这里"),
    "no_warnings": ("Nothing needs your attention.", "没有需要处理的问题。"),
    "shop": ("The shop", "店铺"),
    "shop_trend": ("Net revenue by day", "每日净销售额"),
    "earned": ("What the campaigns earned", "活动真正带来的收益"),
    "earned_note": (
        "One row per campaign: the result that was declared beforehand. The control group was held out by lot;"
        " only the difference between the two groups counts. Profit and ROI stand only where the money is proven.",
        "每个活动一行：事先声明的主要结果。对照组由随机抽签留出，只有两组之差才算数。仅当收益获得证明时才列出利润与投资回报率。",
    ),
    "open_windows": ("Still open", "尚未结束"),
    "open_note": (
        "Nothing is compared before a window has closed.",
        "观察期结束之前不作比较。",
    ),
    "not_enough_title": ("Not enough to tell", "数据不足"),
    "observed": ("Not randomised: compared, not measured", "非随机：仅作比较，不作度量"),
    "earlier": ("Earlier results", "更早的结果"),
    "sent": ("Sent in the last {days} days", "最近{days}天的发送"),
    "nothing_sent": ("Nothing was sent.", "没有发送。"),
    "no_results": ("No campaign has a result yet.", "还没有活动结果。"),
    "changed": ("New today", "今日更新"),
    "pooled_note": (
        "Pooled: everybody counts once in a year of the campaign, with the first entry ({later} later entries are only"
        " counted). The groups are compared month by month, segment by segment and draw by draw, weighted by n1·n0/n;"
        " rates carry the same weights. Where effects differ, this is not their average over those written to.",
        "合并结果：每人在活动的每一年度仅按首次进入计一次（另有{later}次后续进入仅作计数）。逐月、逐分层、逐次抽签在组内比较，"
        "权重为n1·n0/n，转化率采用相同权重。若效果各不相同，该结果并非触达组的平均效果。",
    ),
    "pooled_dropped": (
        "{strata} strata with an empty group say nothing and are left out: {customers} customers.",
        "{strata}个层中有一组为空，无法比较，已剔除：{customers}名客户。",
    ),
    # Columns
    "campaign": ("Campaign", "活动"),
    "window": ("Window", "观察期"),
    "status": ("Status", "状态"),
    "treated": ("Written to", "触达组"),
    "control": ("Held out", "对照组"),
    "customers": ("Customers", "客户数"),
    "treated_rate": ("Rate, written to", "触达组转化率"),
    "control_rate": ("Rate, held out", "对照组转化率"),
    "difference": ("Difference, points", "差值（百分点）"),
    "relative_lift": ("Relative lift", "相对提升"),
    "brought": ("Brought in", "增量销售额"),
    "profit": ("Profit", "利润"),
    "roi": ("ROI", "投资回报率"),
    "closes": ("Closes on", "截止日期"),
    "so_far": ("Rates so far", "目前转化率"),
    "send_date": ("Send date", "发送日期"),
    "channel": ("Channel", "渠道"),
    "messages": ("Messages", "消息数"),
    "waiting": ("Not gone yet", "未发出"),
    "provider": ("Provider", "服务商"),
    "interval": ("95 % interval", "95%区间"),
    "p": ("p", "p值"),
    "p_adjusted": ("p, adjusted", "校正p值"),
    "version": ("Version", "版本"),
    "known": ("As of", "截至"),
    "reason": ("Why", "原因"),
    "result": ("Result", "结果"),
    "figure": ("Figure", "项目"),
    # Sections of a campaign
    "verdict": ("In a sentence", "一句话结论"),
    "funnel": ("From decision to purchase", "从决策到购买"),
    "funnel_note": (
        "Customers who were written to. Opens and clicks of machines are left out. A dash: the provider does not say.",
        "触达组客户。已剔除机器打开与点击。横线表示服务商不提供。",
    ),
    "windows": ("Window by window", "各观察期"),
    "windows_note": (
        "Only the window marked as primary was declared beforehand; all others are secondary: hints, some of them wrong"
        " by chance.",
        "只有标为“主要”的观察期是事先声明的；其余均为次要结果，仅供参考，其中一些纯属偶然。",
    ),
    "chart_rates": ("Conversion: written to against baseline", "转化率：触达组与自然水平"),
    "chart_rates_note": (
        "Days after the send. The whisker is the 95 % interval of the difference. Hollow: counted, not compared.",
        "发送后天数。竖线为差值的95%区间。空心：目前计数，未作比较。",
    ),
    "chart_difference": ("Difference, percentage points", "差值，百分点"),
    "chart_money": ("Brought in, {currency}", "增量销售额，{currency}"),
    "chart_interval_note": (
        "Days after the send, with 95 % intervals. Where a whisker crosses zero nothing is proven.",
        "发送后天数，含95%区间。竖线跨过零则未获证明。",
    ),
    "legend_treated": ("written to", "触达组"),
    "legend_baseline": ("baseline (held out)", "自然水平（对照组）"),
    "no_chart": ("Nothing is compared yet.", "尚无可比较的数据。"),
    "money": ("Money", "收益"),
    "money_note_margin": (
        "Profit = (brought in + coupons) × margin of {margin} − coupons − sending.",
        "利润 =（增量销售额 + 优惠）× 毛利率{margin} − 优惠 − 发送成本。",
    ),
    "money_note_costs": (
        "Profit = brought in − what its goods cost − sending. The cost is known of {known} of the revenue; coupons are"
        " taken off revenue already.",
        "利润 = 增量销售额 − 对应商品成本 − 发送成本。销售额中{known}的成本已知；优惠已从销售额中扣除。",
    ),
    "money_note_costs_and_margin": (
        "Profit = brought in − what its goods cost − sending. The cost is known of {known} of the revenue; of the rest"
        " the margin of {margin} is left before coupons.",
        "利润 = 增量销售额 − 对应商品成本 − 发送成本。销售额中{known}的成本已知；其余按优惠前毛利率{margin}计算。",
    ),
    "money_note_unknown": (
        "Profit is unknown: the cost of the goods is known of {known} of the revenue, and no margin is set. Deliver"
        " unit_cost with the products, or set margins or evaluation.margin in business.yaml.",
        "利润未知：销售额中仅{known}的商品成本已知，且未设置毛利率。请随商品提供 unit_cost，"
        "或在 business.yaml 中设置 margins 或 evaluation.margin。",
    ),
    "money_note_revenue": (
        "This version is from before costs of goods were counted: its profit is brought in − sending, and the goods are"
        " not paid for.",
        "该版本生成于计入商品成本之前：其利润为增量销售额 − 发送成本，未扣除商品成本。",
    ),
    "goods_cost": ("Goods that the written to bought", "触达组所购商品成本"),
    "goods_known": ("known of {known} of the revenue", "已知部分占销售额{known}"),
    "profit_unknown": ("unknown: costs of goods and margin are", "未知：商品成本与毛利率均未知"),
    "incremental_orders": ("Orders brought in", "增量订单"),
    "incremental_revenue": ("Revenue brought in", "增量销售额"),
    "coupon_cost": ("Coupons redeemed", "优惠核销"),
    "sending_cost": ("Sending", "发送成本"),
    "revenue_uncapped": ("The same, uncapped", "不封顶"),
    "revenue_unadjusted": ("The same, without CUPED", "未经CUPED调整"),
    "unreliable": ("unreliable: one large basket may decide it", "不可靠：可能由个别大额订单左右"),
    "roi_note": ("profit for each unit spent", "每单位花费的利润"),
    "roi_unproven": ("a guess: nothing is proven", "仅为估计，未获证明"),
    "money_p": ("p, adjusted {p}", "校正p值 {p}"),
    "nothing_spent": ("nothing was spent", "无花费"),
    "attribution": ("Attribution, not effect", "归因，并非效果"),
    "attribution_note": (
        "What other tools would count. Most of these orders would have come anyway: do not book them.",
        "其他工具会这样计算。其中大部分订单本来就会发生：不可入账。",
    ),
    "last_touch": ("Last message before the order", "最后触达归因"),
    "coupon_code": ("Orders that name its coupon", "使用本活动优惠码"),
    "naive": ("All orders of those written to", "触达组的全部订单"),
    "orders_and_revenue": ("{orders} orders, {revenue}", "{orders}单，{revenue}"),
    "variants": ("Variants", "版本对比"),
    "variants_note": (
        "Among those written to, at the end of the window (fixed horizon): nothing is said before.",
        "仅在触达组内，于观察期结束时比较（固定期限），此前不下结论。",
    ),
    "variant_against": ("{variant} against {reference}", "{variant} 对 {reference}"),
    "probability_better": ("Better with probability", "更优概率"),
    "revenue_each": ("Revenue each", "人均销售额差"),
    "parts": ("By part of the audience", "按人群"),
    "parts_note": (
        "Secondary: looked at after the fact, in the primary window. p is adjusted for the number of parts compared"
        " (Benjamini–Hochberg), that of money as that of rates.",
        "次要结果：事后查看，主要观察期。转化率与收益的p值均已按比较数量校正（Benjamini–Hochberg）。",
    ),
    "segment": ("Segment", "客户分层"),
    "tier": ("Tier", "会员等级"),
    "variant": ("Variant", "版本"),
    "history": ("Versions", "版本记录"),
    "history_note": (
        "Results are never overwritten; a late order or refund makes a new version.",
        "结果从不覆盖；迟到的订单或退款会产生新版本。",
    ),
    "more_groups": ("Earlier occasions and months", "更早的场次与月份"),
    "none": ("none", "无"),
    "primary": ("primary", "主要"),
    "secondary": ("secondary", "次要"),
    # Statuses and labels
    "ok": ("closed", "已结束"),
    "open": ("open", "进行中"),
    "not_enough": ("not enough", "数据不足"),
    "observational": ("not randomised", "非随机"),
    "imported": ("imported", "导入"),
    "imported_note": (
        "Imported from a file: another tool sent it; here it is only measured.",
        "从文件导入：由其他工具发送，此处仅作评估。",
    ),
    "observational_note": (
        "Not randomised: the groups were not drawn by lot, so a difference may be the audience's, not the campaign's.",
        "非随机：两组并非抽签产生，差异可能来自人群本身，而非活动。",
    ),
    "mismatch": ("groups broken", "分组异常"),
    "good": ("proven", "已证明"),
    "bad": ("loss proven", "已证明有损"),
    "even": ("nothing proven", "未获证明"),
    "secondary_good": ("above zero", "高于零"),
    "secondary_bad": ("below zero", "低于零"),
    "secondary_even": ("across zero", "跨过零"),
    # Steps
    "step_assigned": ("Assigned", "分组"),
    "step_accepted": ("Accepted", "已提交"),
    "step_delivered": ("Delivered", "已送达"),
    "step_opened": ("Opened", "已打开"),
    "step_clicked": ("Clicked", "已点击"),
    "step_converted": ("Met the goal", "达成目标"),
    # Goals
    "any_order": ("any order", "任意订单"),
    "product": ("the product", "指定商品"),
    "category": ("the category", "指定品类"),
    "conversion": ("conversion", "转化"),
    "minimum_value": ("an order of the minimum value", "达到最低金额的订单"),
    # Groups
    "to-date": ("to date", "迄今"),
    "wave": ("wave {wave}", "第{wave}波"),
    "days": ("{days} days", "{days}天"),
    "email": ("e-mail", "邮件"),
    "sms": ("SMS", "短信"),
    # Reasons of versions
    "first": ("first", "首次"),
    "window open": ("window open", "观察期进行中"),
    "window closed": ("window closed", "观察期结束"),
    "entries": ("more customers entered", "新增客户"),
    "late orders or refunds": ("late orders or refunds", "迟到的订单或退款"),
    "declaration": ("declaration changed", "活动声明变更"),
    "responses": ("responses or costs", "响应或成本更新"),
    "method": ("the method changed", "方法变更"),
    "more figures": ("more figures are kept", "新增指标"),
    "changed file": ("the file changed", "文件变更"),
    "changed mapping": ("the mapping changed", "映射变更"),
    "settings": ("settings changed", "设置变更"),
    "costs of goods": ("costs of goods became known", "商品成本更新"),
    # Verdicts
    "said_mismatch": (
        "The groups are not those that were drawn (p {p}): believe no figure of this result until the cause is found.",
        "两组人数与抽签不符（p {p}）：查明原因之前，请勿采信本结果的任何数字。",
    ),
    "said_open": (
        "The window is open: these are counts so far, and nothing is compared before it closes.",
        "观察期尚未结束：目前仅为计数，结束前不作比较。",
    ),
    "said_open_until": (
        "The window is open until {date}: these are counts so far, and nothing is compared before it closes.",
        "观察期至{date}结束：目前仅为计数，结束前不作比较。",
    ),
    "said_money_good": (
        "The campaign brought {money} [{low}, {high}]: more than chance explains",
        "活动带来{money} [{low}, {high}]：超出偶然",
    ),
    "said_money_bad": (
        "The campaign lost {money} [{low}, {high}]: more than chance explains",
        "活动损失{money} [{low}, {high}]：超出偶然",
    ),
    "said_money_even": (
        "The campaign brought {money} [{low}, {high}]: nothing is proven",
        "活动带来{money} [{low}, {high}]：未获证明",
    ),
    "said_observed": (
        "What those written to spent differs by {money} [{low}, {high}] from those who were not: not randomised, so it"
        " may be the audience's doing, not the campaign's",
        "触达客户与未触达客户的消费差额为{money} [{low}, {high}]：非随机，可能源于人群差异，而非活动",
    ),
    "said_rate_good": (
        "; conversion rose by {points} points [{low}, {high}], which is proven.",
        "；转化率提升{points}个百分点 [{low}, {high}]，已获证明。",
    ),
    "said_rate_bad": (
        "; conversion fell by {points} points [{low}, {high}], which is proven.",
        "；转化率下降{points}个百分点 [{low}, {high}]，已获证明。",
    ),
    "said_rate_observed": (
        "; their conversion differs by {points} points [{low}, {high}].",
        "；转化率相差{points}个百分点 [{low}, {high}]。",
    ),
    "said_rate_even": (
        "; a rise of conversion below {effect} points would not have shown.",
        "；低于{effect}个百分点的转化提升无法显现。",
    ),
    "said_rate_even_bare": (
        "; conversion moved by {points} points [{low}, {high}], which chance explains.",
        "；转化率变动{points}个百分点 [{low}, {high}]，属偶然范围。",
    ),
    "said_not_enough": ("Not enough to tell: {why}. {enough}", "数据不足：{why}。{enough}"),
    "why_control": ("{control} were held out", "对照组仅{control}人"),
    "why_nobody": ("nobody was held out", "没有对照组"),
    "why_expected": (
        "at the common rate of {rate} a group expects fewer than {minimum} who meet the goal, or who do not",
        "按共同转化率{rate}，有一组的预期转化（或未转化）人数不足{minimum}",
    ),
    "enough_is": (
        "Enough would be {control} held out and {treated} written to, at this rate: about {times} times this audience.",
        "按此转化率，需对照组{control}人、触达组{treated}人，约为本次人群的{times}倍。",
    ),
    "enough_holdout": (
        "Enough would be {control} held out and {treated} written to, at this rate: this audience suffices with a"
        " holdout of {share}.",
        "按此转化率，需对照组{control}人、触达组{treated}人：将对照比例设为{share}，本次人群即可满足。",
    ),
    "enough_unknown": (
        "Nobody, or everybody, has met the goal, so no number can be said: choose a goal that some meet, or pool"
        " several occasions.",
        "无人（或所有人）达成目标，无法给出数字：请换一个有人达成的目标，或合并多个场次。",
    ),
    "variant_good": ("{variant} is better than {reference}.", "{variant}优于{reference}。"),
    "variant_bad": ("{variant} is worse than {reference}.", "{variant}不如{reference}。"),
    "variant_even": ("No winner.", "未分胜负。"),
    "variant_even_effect": (
        "No winner; a difference below {effect} points would not have shown.",
        "未分胜负；低于{effect}个百分点的差异无法显现。",
    ),
    "variant_open": ("Nothing is said before the window closes.", "观察期结束前不下结论。"),
    "variant_not_enough": ("Too few customers to tell.", "客户太少，无法判断。"),
    # Warnings
    "warn_mismatch": (
        "{campaign}: the groups are not those that were drawn ({control} held out of {all}, p {p}). Believe nothing of"
        " it until the cause is found.",
        "{campaign}：分组与抽签不符（{all}人中对照组{control}人，p {p}）。查明原因前请勿采信。",
    ),
    "warn_deliverability": (
        "Few of the e-mails sent on {date} were opened ({rate}): they probably end up as spam. Look at the sender's"
        " domain (SPF, DKIM, DMARC), complaints and bounces before the next large send.",
        "{date}发送的邮件打开率很低（{rate}）：很可能进入了垃圾箱。下次大规模发送前，请检查发信域名（SPF、DKIM、DMARC）、投诉与退信。",
    ),
    "warn_not_enough": ("{campaign}: {said}", "{campaign}：{said}"),
    "warn_observational": (
        "Results that are not randomised: {count}. Their differences may be the audience's, not the campaigns'.",
        "非随机的结果：{count}个。差异可能来自人群，而非活动。",
    ),
    "job_approval": (
        "Approve or reject {about}, decided on {date}: nothing of it is sent before.",
        "请审批{about}（{date}决策）：审批前不会发送。",
    ),
    "job_hold": (
        "{about} of {date} is held: see why in plan_campaigns.",
        "{about}（{date}）被暂停：原因见plan_campaigns。",
    ),
    "job_hold_all": (
        "All campaigns of {date} are held: see why in plan_campaigns.",
        "{date}的所有活动被暂停：原因见plan_campaigns。",
    ),
    "job_stopped": (
        "{about} of {date} is stopped: make resume lets it go on.",
        "{about}（{date}）已停止发送：make resume 可继续。",
    ),
    "job_file": (
        "{about} of {date} could not be published: mend it and deliver it again.",
        "{date}的文件{about}无法发布：请修正后重新交付。",
    ),
    # Shop indicators
    "paid_orders": ("Paid orders", "已支付订单"),
    "net_revenue": ("Net revenue", "净销售额"),
    "average_order_value": ("Average order", "客单价"),
    "buyers": ("Buyers", "购买人数"),
    "returning_share": ("Returning buyers", "老客占比"),
    "payment_rate": ("Payment rate", "支付率"),
    "repurchase_rate": ("Repurchase rate, a year", "年复购率"),
    "second_purchase_rate": ("Second purchase", "二次购买率"),
    "open_rate": ("E-mail open rate", "邮件打开率"),
    "response_rate": ("Response rate", "响应率"),
    "members": ("Members", "会员数"),
    "before": ("{change} against the 7 days before", "较前7日均值{change}"),
    "in_points": ("{points} points", "{points}个百分点"),
    # E-mail
    "mail_subject": (
        "Daily report, {date} (results: {results}, to look at: {alerts})",
        "每日报告 {date}（结果{results}项，待查看{alerts}项）",
    ),
    "mail_forest": ("Revenue brought in, with 95 % intervals", "增量销售额及95%区间"),
    "mail_forest_note": ("By the numbers of the table, in {currency}.", "序号同上表，单位{currency}。"),
    "mail_figures": ("Profit {profit}; ROI {roi}", "利润{profit}；投资回报率{roi}"),
    "mail_counts": ("{treated} written to, {control} held out", "触达组{treated}人，对照组{control}人"),
    "mail_open": (
        "{rates} so far; closes on {date}",
        "目前{rates}；{date}截止",
    ),
    "mail_full": (
        "The pages with all figures: $CRM_HOME/reports/{date}/index.html",
        "完整报告：$CRM_HOME/reports/{date}/index.html",
    ),
    "mail_more": ("{count} more are in the full report.", "其余{count}项见完整报告。"),
    "mail_why": (
        "You receive this because business.yaml names you in report.to.",
        "您收到此邮件，因为business.yaml的report.to中有您。",
    ),
}  # fmt: skip


class Words:
    """The words of one language."""

    def __init__(self, locale: str) -> None:
        self._place = LOCALES.index(locale)

    def __call__(self, name: str, **values: Any) -> str:
        """The words of ``name`` with ``values`` in their places."""
        return WORDS[name][self._place].format(**values) if values else WORDS[name][self._place]

    def of(self, value: str) -> str:
        """What people call a status, goal, reason or channel; what has no other name keeps its own."""
        return WORDS[value][self._place] if value in WORDS else value

    def join(self, parts: list[str]) -> str:
        """Parts of a line, without the empty ones."""
        return WORDS["separator"][self._place].join(part for part in parts if part)
