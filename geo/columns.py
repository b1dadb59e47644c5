"""Byte-string columns of small Parquet files, in plain Python.

The outlines that we ship with come as Parquet. The usual reader is a hundred megabytes; what these files use of the
format (one level, PLAIN and dictionary pages, Snappy) is read here. Anything else is refused, never misread.

Source: the Apache Parquet format (parquet.thrift, Encodings.md), Thrift compact protocol, Snappy format description.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from geo.errors import GeoError

MAGIC = b"PAR1"
BYTE_ARRAY, SNAPPY, UNCOMPRESSED = 6, 1, 0
PLAIN, PLAIN_DICTIONARY, RLE_DICTIONARY = 0, 2, 8
DATA_PAGE, DICTIONARY_PAGE = 0, 2


class _Thrift:
    """Thrift compact protocol: structs come as {field number: value}."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.at = data, at

    def varint(self) -> int:
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def zigzag(self) -> int:
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def binary(self) -> bytes:
        size = self.varint()
        self.at += size
        return self.data[self.at - size : self.at]

    def struct(self) -> dict[int, Any]:
        fields: dict[int, Any] = {}
        number = 0
        while (head := self.data[self.at]) != 0:
            self.at += 1
            number = number + (head >> 4) if head >> 4 else self.zigzag()
            fields[number] = self.value(head & 0xF)
        self.at += 1
        return fields

    def value(self, kind: int) -> Any:
        if kind in (1, 2):
            return kind == 1
        if kind == 3:
            self.at += 1
            return self.data[self.at - 1]
        if kind in (4, 5, 6):
            return self.zigzag()
        if kind == 7:
            self.at += 8
            return self.data[self.at - 8 : self.at]
        if kind == 8:
            return self.binary()
        if kind in (9, 10):
            return self.items()
        if kind == 12:
            return self.struct()
        raise GeoError(f"unknown field type {kind} in the Parquet footer")

    def items(self) -> list[Any]:
        head = self.data[self.at]
        self.at += 1
        count = head >> 4 if head >> 4 != 15 else self.varint()
        return [self.value(head & 0xF) for _ in range(count)]


def unpack_snappy(data: bytes) -> bytes:
    """The plain bytes of one Snappy block.

    >>> unpack_snappy(bytes([6, 4, 97, 98, 14, 2, 0]))
    b'ababab'
    """
    reader = _Thrift(data)
    size = reader.varint()
    at, out = reader.at, bytearray()
    while at < len(data):
        tag = data[at]
        at += 1
        if tag & 3 == 0:
            length = tag >> 2
            if length >= 60:
                extra = length - 59
                length = int.from_bytes(data[at : at + extra], "little")
                at += extra
            out += data[at : at + length + 1]
            at += length + 1
            continue
        if tag & 3 == 1:
            length, offset, used = (tag >> 2 & 7) + 4, (tag >> 5) << 8 | data[at], 1
        else:
            used = 2 if tag & 3 == 2 else 4
            length, offset = (tag >> 2) + 1, int.from_bytes(data[at : at + used], "little")
        at += used
        for _ in range(length):
            out.append(out[-offset])
    if len(out) != size:
        raise GeoError("damaged Snappy block")
    return bytes(out)


def read_columns(path: Path) -> dict[str, list[bytes]]:
    """Name → values, for every byte-string column of a flat Parquet file without missing values.

    Raises:
        GeoError: not Parquet, or beyond the part of the format that is read here.
    """
    data = path.read_bytes()
    if data[:4] != MAGIC or data[-4:] != MAGIC:
        raise GeoError("not a Parquet file")
    footer = _Thrift(data, len(data) - 8 - int.from_bytes(data[-8:-4], "little")).struct()
    optional = {field[4]: field.get(3) == 1 for field in footer[2][1:]}
    columns: dict[str, list[bytes]] = {}
    for group in footer[4]:
        for chunk in group[1]:
            about = chunk[3]
            name = about[3][0]
            if about[1] == BYTE_ARRAY:
                columns.setdefault(name.decode(), []).extend(_read_chunk(data, about, optional[name]))
    return columns


def _read_chunk(data: bytes, about: dict[int, Any], optional: bool) -> list[bytes]:
    reader = _Thrift(data, min(about.get(11, about[9]), about[9]))
    values: list[bytes] = []
    dictionary: list[bytes] = []
    while len(values) < about[5]:
        page = reader.struct()
        body = data[reader.at : reader.at + page[3]]
        reader.at += page[3]
        if about[4] not in (SNAPPY, UNCOMPRESSED):
            raise GeoError("a Parquet compression that is not read here")
        plain = unpack_snappy(body) if about[4] == SNAPPY else body
        if page[1] == DICTIONARY_PAGE:
            dictionary = _plain_values(plain, page[7][1])
        elif page[1] == DATA_PAGE:
            values += _page_values(plain, page[5], dictionary, optional)
        else:
            raise GeoError("a Parquet page type that is not read here")
    return values


def _page_values(
    plain: bytes, header: dict[int, Any], dictionary: list[bytes], optional: bool
) -> list[bytes]:
    count = header[1]
    if optional:
        size = int.from_bytes(plain[:4], "little")
        if any(level != 1 for level in _hybrid(plain[4 : 4 + size], 1, count)):
            raise GeoError("missing values in a Parquet column")
        plain = plain[4 + size :]
    if header[2] == PLAIN:
        return _plain_values(plain, count)
    if header[2] in (PLAIN_DICTIONARY, RLE_DICTIONARY):
        return [dictionary[index] for index in _hybrid(plain[1:], plain[0], count)]
    raise GeoError("a Parquet encoding that is not read here")


def _plain_values(plain: bytes, count: int) -> list[bytes]:
    values, at = [], 0
    for _ in range(count):
        size = int.from_bytes(plain[at : at + 4], "little")
        values.append(plain[at + 4 : at + 4 + size])
        at += 4 + size
    return values


def _hybrid(data: bytes, width: int, count: int) -> list[int]:
    """The run-length and bit-packed hybrid: `count` whole numbers of `width` bits."""
    reader, values = _Thrift(data), list[int]()
    stride = (width + 7) // 8
    while len(values) < count:
        head = reader.varint()
        if head & 1:
            size = (head >> 1) * width
            bits = int.from_bytes(data[reader.at : reader.at + size], "little")
            values += [bits >> (i * width) & ((1 << width) - 1) for i in range((head >> 1) * 8)]
            reader.at += size
        else:
            values += [int.from_bytes(data[reader.at : reader.at + stride], "little")] * (head >> 1)
            reader.at += stride
    return values[:count]
