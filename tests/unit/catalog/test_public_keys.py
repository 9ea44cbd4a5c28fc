"""SSH public keys: what is taken, what is refused and in which words, and that no refusal repeats what it refuses."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from stowage.catalog.sftp_user import KIND
from stowage.catalog.sftp_user.public_keys import PublicKeyError, read_public_key
from tests.unit.catalog import keys
from tests.unit.catalog.keys import ecdsa_line, ed25519_line, line_of, line_of_fields, number, private_pem, rsa_line
from tests.unit.catalog.specs import NOISE

POINT = b"\x04" + b"\x01" * 64
ON_CURVE = line_of_fields("ecdsa-sha2-nistp256", b"nistp256", POINT)
GOOD = {
    "ed25519": (ed25519_line(), "ssh-ed25519", 256),
    "nistp256": (ecdsa_line(ec.SECP256R1()), "ecdsa-sha2-nistp256", 256),
    "nistp384": (ecdsa_line(ec.SECP384R1()), "ecdsa-sha2-nistp384", 384),
    "nistp521": (ecdsa_line(ec.SECP521R1()), "ecdsa-sha2-nistp521", 521),
    "a real RSA key": (line_of(rsa.generate_private_key(65_537, 2048).public_key()), "ssh-rsa", 2048),
    "RSA of 3,072 bits": (rsa_line(3072), "ssh-rsa", 3072),
    "RSA of 4,096 bits": (rsa_line(4096), "ssh-rsa", 4096),
    "PuTTY's exponent": (rsa_line(2048, 37), "ssh-rsa", 2048),
}
BAD = {
    "nothing": ("", "not one line"),
    "words": ("let me in", "Keys of this type are not taken"),
    "a private key": (private_pem(), "private key"),
    "a private key on one line": (private_pem().replace("\n", " "), "private key"),
    "a PuTTY file": ("PuTTY-User-Key-File-3: ssh-ed25519", "not one line"),
    "a PEM of a public key": ("-----BEGIN PUBLIC KEY-----", "not one line"),
    "DSA": (line_of_fields("ssh-dss", number(1 << 1023)), "DSA keys are too weak"),
    "RSA of 1,024 bits": (rsa_line(1024), "1,024 bits"),
    "RSA of 2,047 bits": (rsa_line(2047), "2,047 bits"),
    "RSA of 8,192 bits": (rsa_line(8192), "8,192 bits"),
    "an even modulus": (line_of_fields("ssh-rsa", number(65_537), number(1 << 2047)), "no RSA key"),
    "an exponent of one": (rsa_line(2048, 1), "no RSA key"),
    "an even exponent": (rsa_line(2048, 4), "no RSA key"),
    "an endless exponent": (rsa_line(2048, (1 << 300) | 1), "no RSA key"),
    "a negative modulus": (line_of_fields("ssh-rsa", number(65_537), b"\xff" * 256), "not written as it must be"),
    "a modulus with zeros": (line_of_fields("ssh-rsa", number(65_537), b"\x00\x00\x01"), "not written as it must be"),
    "a certificate": ("ssh-ed25519-cert-v01@openssh.com AAAAIHNzaC1lZDI1NTE5", "certificate"),
    "a security key": ("sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5", "not one line"),
    "an unknown type": (line_of_fields("ssh-future", b"1" * 32), "Keys of this type are not taken"),
    "an unknown curve": (line_of_fields("ecdsa-sha2-nistp224", b"nistp224", POINT), "on this curve"),
    "options before the key": (f'command="/bin/sh" {ed25519_line()}', "not one line"),
    "a short option": (f"restrict {ed25519_line()}", "not one line"),
    "two spaces": (ed25519_line().replace(" ", "  "), "not one line"),
    "a tab": (ed25519_line().replace(" ", "\t"), "not one line"),
    "a line break at the end": (f"{ed25519_line()}\n", "not one line"),
    "a second key": (f"{ed25519_line()}\n{ed25519_line()}", "not one line"),
    "a comment after two blanks": (f"{ed25519_line()} my  key", "not one line"),
    "a variable in the comment": (f"{ed25519_line()} ${{AWS::AccountId}}", "not one line"),
    "another type in the bytes": (line_of_fields("ssh-ed25519", b"1" * 32, named="ssh-rsa"), "name another type"),
    "another curve in the bytes": (line_of_fields("ecdsa-sha2-nistp256", b"nistp384", POINT), "name another curve"),
    "a short point": (line_of_fields("ecdsa-sha2-nistp256", b"nistp256", POINT[:-1]), "no point of nistp256"),
    "a packed point": (line_of_fields("ecdsa-sha2-nistp256", b"nistp256", b"\x02" + POINT[1:]), "no point"),
    "a short ed25519 key": (line_of_fields("ssh-ed25519", b"1" * 31), "has 32 bytes"),
    "bytes after the end": (line_of_fields("ssh-ed25519", b"1" * 32, after=b"x"), "something follows"),
    "cut short": (line_of_fields("ssh-ed25519", b"1" * 32)[:-8], "cut short"),
    "without its body": (line_of_fields("ssh-ed25519"), "cut short"),
    "an endless field": ("ssh-rsa " + base64.b64encode(b"\xff" * 60).decode(), "cut short"),
    "no base64": ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAA", "base64"),
    "bits nobody reads": (ON_CURVE[:-2] + chr(ord(ON_CURVE[-2]) + 1) + "=", "last characters"),
}
"""What is wrong, the text, and a part of the sentence."""


@pytest.mark.parametrize(("line", "algorithm", "bits"), GOOD.values(), ids=GOOD.keys())
def test_a_key_that_openssh_writes_is_taken(line: str, algorithm: str, bits: int) -> None:
    """With a comment or without, by the schema and by the reader; the comment is no part of the key."""
    for text in (line, f"{line} partner_1@example.com", f"{line} John Doe laptop"):
        key = read_public_key(text)

        assert (key.algorithm, key.bits, key.line) == (algorithm, bits, line)
        assert Draft202012Validator(KIND.schema["properties"]["publicKeys"]["items"]).is_valid(text)


@pytest.mark.parametrize(("text", "sentence"), BAD.values(), ids=BAD.keys())
def test_anything_else_is_refused_in_a_sentence_that_repeats_nothing(text: str, sentence: str) -> None:
    """What somebody pasted by mistake, a private key say, is not told to anybody."""
    with pytest.raises(PublicKeyError, match=sentence) as refused:
        read_public_key(text)

    told = str(refused.value)
    assert all(word not in told for word in text.split() if len(word) > 20)


def test_the_schema_tells_a_private_key_from_other_nonsense() -> None:
    """Whoever pastes one learns that it must be taken for known, before anything else is looked at."""
    schema = KIND.schema["properties"]["publicKeys"]["items"]

    told = [str(error.schema["description"]) for error in Draft202012Validator(schema).iter_errors(private_pem())]

    assert any(sentence.startswith("This is a private key.") for sentence in told)


@given(
    st.one_of(st.text(), st.text(NOISE), st.binary().map(lambda noise: f"ssh-rsa {base64.b64encode(noise).decode()}"))
)
def test_no_text_breaks_the_reader(text: str) -> None:
    """It gives a key or a sentence, whatever comes."""
    sentence = ""
    try:
        read_public_key(text)
    except PublicKeyError as error:
        sentence = str(error)

    assert not sentence or sentence.endswith(".")


@given(st.data())
def test_a_damaged_key_is_never_taken_for_another_size(data: st.DataObject) -> None:
    """One character changed, it is refused, or still a key of the same type and size."""
    line, algorithm, bits = data.draw(st.sampled_from(list(GOOD.values())))
    place = data.draw(st.integers(0, len(line) - 1))
    text = line[:place] + data.draw(st.sampled_from("aZ09+/= ")) + line[place + 1 :]

    try:
        key = read_public_key(text)
    except PublicKeyError:
        return
    assert key.algorithm == algorithm
    assert key.bits == bits or algorithm == "ssh-rsa"


def test_the_keys_made_here_are_real() -> None:
    """The maker of keys agrees with the library that others use."""
    assert keys.ed25519_line() in KIND.schema["properties"]["publicKeys"]["items"]["examples"][0]
