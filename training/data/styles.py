"""The drawing styles: whose they are, where they come from, under which licence, and whether models train on them."""

from dataclasses import dataclass

from training.data.packages import Package


@dataclass(frozen=True)
class Style:
    """A drawing style: one package, its licence, and whether models may train on it."""

    name: str
    title: str
    zh: str
    package: Package
    author: str
    url: str
    licence: str
    tone_suffix: str = "-skin-tone"  # how the package's names end where it names skin tones
    unseen: bool = False

    @property
    def file(self) -> str:
        """The style's name in file names."""
        return self.name.replace(" ", "-")


def _iconify(name: str, version: str, integrity: str) -> Package:
    return Package(f"@iconify-json/{name}", version, integrity)


STYLES = (
    Style(
        "noto",
        "Noto Emoji",
        "noto",
        _iconify(
            "noto",
            "1.2.9",
            "sha512-DQiuXENbun41ch+XPSV55H9FaWKpHTyz46YIKtSaKYD4fIDDzL1tR6H4np/T38jfrTAeI3rcKF0mqHYeZVAuaw==",
        ),
        "Google Inc",
        "https://github.com/googlefonts/noto-emoji",
        "Apache-2.0",
    ),
    Style(
        "blob",
        "Noto Emoji v1 (blobs)",
        "blob",
        _iconify(
            "noto-v1",
            "1.2.5",
            "sha512-/DsVMius69Q0fRS53z7QK1TROSuar606jiIx+laXtdsYGMXpf6LtHBx6CGfoo3UHHb/XpBsw+1L1x3eyPqMuVA==",
        ),
        "Google Inc",
        "https://github.com/googlefonts/noto-emoji",
        "Apache-2.0",
    ),
    Style(
        "twemoji",
        "Twemoji",
        "twemoji",
        _iconify(
            "twemoji",
            "1.2.5",
            "sha512-uKpuIEV0v6K5BW3Mjdyl+XKFVAbbcPxAgifKvEMtZoUZB5+YiY5zaMm2uNNCxyXzAWU9yNLlj41WU6/mvgALsw==",
        ),
        "Twitter",
        "https://github.com/jdecked/twemoji",
        "CC-BY-4.0",
    ),
    Style(
        "fluent",
        "Fluent Emoji",
        "fluent",
        _iconify(
            "fluent-emoji",
            "1.2.7",
            "sha512-D8G6bKAyIsyxP1rzZtIWr/gg/fO4Rg1+DyCWlfqKK4h8W+4Em/Y0P6QYgJUQTlUcagzJvSyg+9OBv4hz4Hc/QA==",
        ),
        "Microsoft Corporation",
        "https://github.com/microsoft/fluentui-emoji",
        "MIT",
        tone_suffix="",
    ),
    Style(
        "fluent flat",
        "Fluent Emoji Flat",
        "fluent 扁平",
        _iconify(
            "fluent-emoji-flat",
            "1.2.6",
            "sha512-RY47RgPb47fYUiyrA64sIOL0+UU02s29sXpNBbIQRBUlPlfNFTKUmZDERGuxDs/7yNGWqQYvuaSYM1M4fRXlUw==",
        ),
        "Microsoft Corporation",
        "https://github.com/microsoft/fluentui-emoji",
        "MIT",
        tone_suffix="",
    ),
    Style(
        "emojione",
        "EmojiOne",
        "emojione",
        _iconify(
            "emojione",
            "1.2.3",
            "sha512-T9+T3HIbJNLKKsmxYKlaYhvnHYkz/HNYTV7SHCXVZPfeUi4FqskY70YeN8yYAZT8cCv7w5vJxS4Q1m8zb9CMMg==",
        ),
        "Emoji One",
        "https://github.com/EmojiTwo/emojitwo",
        "CC-BY-4.0",
    ),
    Style(
        "firefox",
        "Firefox OS Emoji",
        "firefox",
        _iconify(
            "fxemoji",
            "1.2.2",
            "sha512-UAasRaxzFUKfIGSmLwnoarsssA4LX0VLLuEmplIqM6ZNQqIQRtav8tZ4H1neTlBreXuMQyAifr5jP4kn78DpiQ==",
        ),
        "Mozilla",
        "https://github.com/mozilla/fxemoji",
        "Apache-2.0",
    ),
    Style(
        "openmoji",
        "OpenMoji",
        "openmoji",
        _iconify(
            "openmoji",
            "1.2.29",
            "sha512-vXdhkqcXVSO6suy+m9LbcUM3OdVyuNOtpV8/als/WqfkQIRxevL5Geb/g+6GH/Qwnq1OqksEmaDGTCmZ5nFKJQ==",
        ),
        "OpenMoji",
        "https://github.com/hfg-gmuend/openmoji",
        "CC-BY-SA-4.0",
        unseen=True,
    ),
)
