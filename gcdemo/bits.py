"""Bit fields and Exp-Golomb numbers, as HEVC writes them: from the highest bit of each byte."""

from gcdemo.errors import Corrupt

_MAX_UE_ZEROS = 31  # ue(v) of up to 32 bits


def ue_bits(value: int) -> int:
    """Give how many bits an Exp-Golomb number takes: 1 for 0, 3 for 1 and 2, and so on."""
    return 2 * (value + 1).bit_length() - 1


class BitReader:
    """Takes the fields of some bytes one after the other."""

    def __init__(self, data: bytes) -> None:
        """Begin at the first bit."""
        self._data = data
        self._position = 0

    @property
    def bits_left(self) -> int:
        """How many bits have not been read."""
        return 8 * len(self._data) - self._position

    def bits(self, count: int) -> int:
        """Give the next u(count), at most 64 bits.

        Raises:
            Corrupt: There are fewer.
        """
        if count > self.bits_left:
            raise Corrupt("The file is damaged: a number in it is cut short.")
        end = self._position + count
        first, last = self._position // 8, (end + 7) // 8
        window = int.from_bytes(self._data[first:last], "big") >> 8 * last - end
        self._position = end
        return window & (1 << count) - 1

    def flag(self) -> bool:
        """Give the next u(1)."""
        return self.bits(1) == 1

    def ue(self) -> int:
        """Give the next Exp-Golomb number, which is below 2**32 - 1.

        Raises:
            Corrupt: There is none.
        """
        zeros = 0
        while not self.flag():
            zeros += 1
            if zeros > _MAX_UE_ZEROS:
                raise Corrupt("The file is damaged: a number in it is endless.")
        return (1 << zeros) - 1 + self.bits(zeros)


class BitWriter:
    """Strings fields together; its methods give the writer, so that calls can follow each other."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._value = 0
        self._length = 0

    def bits(self, count: int, value: int) -> "BitWriter":
        """Append `value` as u(count)."""
        if not 0 <= value < 1 << count:
            raise ValueError(f"{value} does not fit {count} bits")
        self._value = self._value << count | value
        self._length += count
        return self

    def flag(self, value: bool) -> "BitWriter":
        """Append u(1)."""
        return self.bits(1, int(value))

    def ue(self, *values: int) -> "BitWriter":
        """Append each of `values` as an Exp-Golomb number."""
        for value in values:
            self.bits(ue_bits(value), value + 1)
        return self

    def to_bytes(self) -> bytes:
        """Give everything so far, with zeros up to a whole byte."""
        padding = -self._length % 8
        return (self._value << padding).to_bytes((self._length + padding) // 8, "big")
