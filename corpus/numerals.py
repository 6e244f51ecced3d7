"""How policy prose prints numerals and units, as pieces for the patterns that read them."""

from __future__ import annotations

HAN_DIGITS = "零〇一二三四五六七八九十百千两"
LATIN_UNITS = r"km2|m2|m3|kg|km|cm|mm|m(?![A-Za-z])|[KMGTP]B|[KMG]bps|kWh|MWh|kW|MW|GW|TEU"
# 量词 and units of measure as GB 3100 and policy prose print them; longest first where one opens another.
UNITS = (
    r"个百分点|个工作日|个小时|个学时|个课时|个月|工作日|人次|平方米|平米|平方公里|平方公尺|公顷|公里|千米|立方米|周岁|分钟|小时|学时|课时|千瓦时|兆瓦时|兆瓦|千瓦|标箱|吨标准煤|台\(套\)|台套|辆次|"
    r"个|家|所|名|人|次(?!年|日)|张|万亿元|亿元|万元|千元|百元|元|角|亩|米|岁|天|日|周|年|倍|项|件|户|床|条|批|套|门|期|处|座|辆|台|部|支|种|类|级|吨|公斤|千克|克|升|"
    r"头|只|羽|尾|株|匹|盏|斤|份(?!额)|场(?!所|地)|例|栋|幢|间|艘|架|篇|册|卷|晚|夜|"
    rf"%|‰|{LATIN_UNITS}"
)
ARABIC = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
SCALE = r"千万|百万|万|亿|千(?![瓦米克伏卡])"
