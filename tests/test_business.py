"""The settings of the business."""

import datetime

import pytest

from crm import business


def write(tmp_path, more, zone="Asia/Shanghai"):
    file = tmp_path / "business.yaml"
    file.write_text(f"name: x\ntime_zone: {zone}\ncurrency: CNY\ncountry: CN\nsources: [a]\n{more}")
    return file


def test_an_unknown_key_is_refused_by_name(tmp_path):
    file = write(tmp_path, "rfm: {windows: 9}")
    with pytest.raises(business.SettingsError, match=r"business\.yaml: rfm\.windows"):
        business.load(file)


def test_an_unknown_time_zone_says_what_one_looks_like(tmp_path):
    file = write(tmp_path, "", zone="Shanghai")
    with pytest.raises(business.SettingsError, match="Asia/Shanghai"):
        business.load(file)


def test_the_first_run_comes_the_morning_after_the_first_business_date(tmp_path):
    file = write(
        tmp_path,
        "schedule_from: 2026-03-01\n",
    )
    loaded = business.load(file)
    assert loaded.first_run is not None
    assert loaded.first_run.isoformat() == "2026-03-02T00:00:00+08:00"
    assert not loaded.is_closed


def test_the_sample_shop_is_closed_so_that_its_year_never_meets_the_real_calendar():
    sample = business.load(business.settings.INCLUDE / "business.yaml")
    assert sample.last_business_date == datetime.date(2017, 12, 31)
    assert sample.is_closed


def test_the_home_s_own_settings_come_before_the_sample_s(tmp_path, monkeypatch):
    monkeypatch.setenv("CRM_HOME", str(tmp_path))
    monkeypatch.delenv("CRM_BUSINESS", raising=False)
    file = write(tmp_path, "locale: zh-CN")
    assert business.path() == file
    assert business.load().locale == "zh-CN"


def test_a_period_that_is_too_short_is_refused_by_name_and_empty_means_for_ever(tmp_path):
    with pytest.raises(business.SettingsError, match=r"business\.yaml: retention\.excluded_decisions: .*30"):
        business.load(write(tmp_path, "retention: {excluded_decisions: 7}"))
    kept = business.load(write(tmp_path, "retention: {alerts: null, outbox: 14}")).retention
    assert (kept.alerts, kept.outbox, kept.rejected_rows) == (None, 14, 180)
