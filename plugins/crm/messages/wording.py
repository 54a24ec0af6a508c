"""The preview and the question of an approval as people read them (Markdown), in the language of the business."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from crm.business import Business
    from crm.messages.approval import Limit, Standing

#: Key -> (en, zh-CN). Decisions, reasons and tiers keep their names: they are looked up in the warehouse.
WORDS: dict[str, tuple[str, str]] = {
    "title": (
        "{campaign}, to be sent on {send_date} (data up to {business_date})",
        "{campaign}，发送日 {send_date}（数据截至 {business_date}）",
    ),
    "nobody": ("Nobody: no decisions were made for this date.", "无人：该日期没有任何决策。"),
    "cost": ("Sending costs about {cost:.2f} {currency}.", "发送成本约 {cost:.2f} {currency}。"),
    "customers": ("Customers", "客户数"),
    "decisions": ("Decision", "决策"),
    "reasons": ("Excluded because", "排除原因"),
    "channels": ("Channel", "渠道"),
    "tiers": ("Tier", "会员等级"),
    "samples": ("The messages, as an invented person would get them:", "虚构客户将收到的消息："),
    "sample": (
        "**{channel}, {locale}, variant {variant}**: {billed}",
        "**{channel}，{locale}，版本 {variant}**：{billed}",
    ),
    "sample_wave": (
        "**{channel}, {locale}, variant {variant}, wave {wave}**: {billed}",
        "**{channel}，{locale}，版本 {variant}，波次 {wave}**：{billed}",
    ),
    "messages": ("{messages:,} messages", "{messages:,} 条"),
    "subject_line": ("Subject: {subject}", "主题：{subject}"),
    "one_part": ("{messages:,} messages of 1 SMS part each", "{messages:,} 条，每条 1 段短信"),
    "parts": (
        "{messages:,} messages of {parts} SMS parts each, at most {most_parts} (every part is billed)",
        "{messages:,} 条，每条 {parts} 段短信，最多 {most_parts} 段（按段计费）",
    ),
    # What the send can show
    "can_show": ("What it can show ({goal} within {days} days): {said}", "能够证明什么（{days} 天内“{goal}”）：{said}"),
    "shows_nothing": ("nothing is known, because {why}.", "尚不可知，因为{why}。"),
    "nobody_held": ("nobody is held out", "没有对照组"),
    "shows": (
        "a rise of {points:.1f} points or more above {rate:.1f} % ({baseline}), with {eligible:,} customers and"
        " {holdout:.0f} % held out.",
        "在 {rate:.1f}%（{baseline}）之上提高 {points:.1f} 个百分点或更多；"
        "共 {eligible:,} 名客户，其中 {holdout:.0f}% 为对照组。",
    ),
    "enough": (
        "For {lift:.1f} points, {share:.1f} % held out are enough.",
        "若要证明 {lift:.1f} 个百分点，{share:.1f}% 的对照组即可。",
    ),
    "pooled": (
        "For {lift:.1f} points no share is enough; {occasions:,} such sends together show it.",
        "若要证明 {lift:.1f} 个百分点，任何比例都不够；{occasions:,} 次这样的发送合起来可以证明。",
    ),
    "never": (
        "For {lift:.1f} points no share is enough; nothing shows it.",
        "若要证明 {lift:.1f} 个百分点，任何比例、任何次数都不够。",
    ),
    "any_order": ("any_order", "下单"),
    "product": ("product", "购买该商品"),
    "category": ("category", "购买该品类"),
    "minimum_value": ("minimum_value", "达到最低金额的订单"),
    "its own controls, last 90 days": ("its own controls, last 90 days", "本活动近 90 天的对照组"),
    "the eligible themselves, last window": ("the eligible themselves, last window", "同一批客户此前的同长时段"),
    "there are fewer than 100 earlier controls": (
        "there are fewer than 100 earlier controls",
        "此前的对照组不足 100 人",
    ),
    "nobody is eligible": ("nobody is eligible", "没有符合条件的客户"),
    # The question
    "subject": ("Send “{title}” on {send_date}?", "是否于 {send_date} 发送“{title}”？"),
    "asked": ("Asked because: {limits}.", "需要审批的原因：{limits}。"),
    "above_messages": (
        "{found:,} messages are more than {most:,} (approval.above_messages)",
        "{found:,} 条消息，多于 {most:,}（approval.above_messages）",
    ),
    "above_cost": (
        "a cost of {found:,.2f} is more than {most:,.2f} (approval.above_cost)",
        "成本 {found:,.2f}，高于 {most:,.2f}（approval.above_cost）",
    ),
    "costs": (
        "**Cost**: sending {sending:,.2f} {currency}; coupons, if all were redeemed, {coupons:,.2f} {currency}.",
        "**成本**：发送 {sending:,.2f} {currency}；优惠券若全部核销，{coupons:,.2f} {currency}。",
    ),
    "answers": (
        "Approved, exactly these decisions are sent, in these words; a change of either asks again. An opt-out that"
        " comes later still counts. Rejected, or not"
        " answered before {until:%Y-%m-%d %H:%M} ({zone}), nothing is sent, nobody counts as contacted.",
        "批准后，严格按这些决策和文案发送；两者如有改动，须重新审批；此后的退订仍然有效。"
        "拒绝，或在 {until:%Y-%m-%d %H:%M}（{zone}）之前未答复，则不发送任何消息，也不计为已触达。",
    ),
}
TABLES = ("decisions", "reasons", "channels", "tiers")


def words(key: str, locale: str, /, **values: Any) -> str:
    """The text ``key`` in a language, with its values; what has no other name keeps its own."""
    english, chinese = WORDS.get(key, (key, key))
    return (chinese if locale == "zh-CN" else english).format(**values)


def preview_page(found: dict[str, Any], locale: str) -> str:
    """What ``crm.messages.preview.preview`` found, for the task log and the question."""
    title = "### " + words("title", locale, **{key: found[key] for key in ("campaign", "send_date", "business_date")})
    if not found["candidates"]:
        return f"{title}\n\n{words('nobody', locale)}"
    tables = {key: _table(key, found[key], locale) for key in TABLES if found[key]}
    cost = words("cost", locale, cost=found["sending_cost"], currency=found["currency"])
    return "\n\n".join(
        [
            title,
            tables.pop("decisions"),
            cost,
            *tables.values(),
            *(can_show(told, locale) for told in found["detectable"]),
            words("samples", locale),
            *(_sample(each, locale) for each in found["samples"]),
        ]
    )


def approval_page(asked: Standing, shown: str, business: Business, send_by: datetime.datetime) -> str:
    """Why a person is asked, the cost, what each answer means, and ``shown``, the preview."""
    locale, currency = business.locale, business.currency
    separator = "；" if locale == "zh-CN" else "; "
    return "\n\n".join(
        [
            words("asked", locale, limits=separator.join(limit(each, locale) for each in asked.limits)),
            words("costs", locale, sending=asked.sending_cost, coupons=asked.coupon_cost, currency=currency),
            words("answers", locale, until=send_by.astimezone(ZoneInfo(business.time_zone)), zone=business.time_zone),
            shown,
        ]
    )


def limit(exceeded: Limit, locale: str) -> str:
    """A limit of the declaration that is exceeded, in words."""
    return words(exceeded.key, locale, found=exceeded.found, most=exceeded.most)


def can_show(told: dict[str, Any], locale: str = "en") -> str:
    """What the send can tell from chance: points of the conversion rate."""

    def said(text: str) -> str:
        return words("can_show", locale, goal=words(told["goal"], locale), days=told["window_days"], said=text)

    if told["effect"] is None:
        why = "nobody_held" if told["baseline_rate"] is not None else told["baseline"]
        return said(words("shows_nothing", locale, why=words(why, locale)))
    shows = words(
        "shows", locale, points=100 * told["effect"], rate=100 * told["baseline_rate"],
        baseline=words(told["baseline"], locale), eligible=told["eligible"], holdout=100 * told["holdout"],
    )  # fmt: skip
    lift = 100 * told["worthwhile_lift"]
    if told["proposed_holdout"] is not None:
        needs = words("enough", locale, lift=lift, share=100 * told["proposed_holdout"])
    elif told["occasions_to_pool"]:
        needs = words("pooled", locale, lift=lift, occasions=told["occasions_to_pool"])
    else:
        needs = words("never", locale, lift=lift)
    return said(f"{shows}{'' if locale == 'zh-CN' else ' '}{needs}")


def _table(heading: str, counts: dict[str, int], locale: str) -> str:
    rows = "\n".join(f"| {key} | {value:,} |" for key, value in counts.items())
    return f"| {words(heading, locale)} | {words('customers', locale)} |\n|---|---:|\n{rows}"


def _sample(sample: dict[str, Any], locale: str) -> str:
    """One message; an SMS with the parts in which it goes out."""
    key = "sample" if sample["wave"] == "main" else "sample_wave"
    billed = "messages" if "parts" not in sample else "one_part" if sample["most_parts"] == 1 else "parts"
    about = words(key, locale, **{**sample, "billed": words(billed, locale, **sample)})
    if "subject" in sample:
        about += f"\n\n{words('subject_line', locale, subject=sample['subject'])}"
    return f"{about}\n\n```text\n{sample['text']}\n```"
