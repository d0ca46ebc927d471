"""What the documentation says is what the program does."""

import re
import shlex
import shutil

import gctest


def help_options(text):
    """{'-o, --output': 'FILE'} of what --help lists."""
    rows = re.findall(r"^  (?: {4}|(-\w)(, )?)(--[\w-]+)?[= ]?(\S*)(?:  |$)", text, re.M)
    return {letter + comma + name: value for letter, comma, name, value in rows if letter + name}


def page_options(text):
    options = {}
    for line in re.findall(r"^\.TP\n(\\fB\\?-.*)$", text, re.M):
        plain = re.sub(r"\\f.", "", line).replace("\\-", "-")
        name, value = re.fullmatch(r"((?:-\w, )?--[\w-]+|-\w)[= ]?(.*)", plain).groups()
        options[name] = value
    return options


class Manual(gctest.Case):
    def test_options(self):
        """--help and the man page list the same options with the same values."""
        shown = help_options(gctest.gilcheck("--help").text)
        self.assertGreater(len(shown), 15)
        page = (gctest.SOURCE / "docs/gilcheck.1").read_text()
        self.assertEqual(page_options(page), shown)

    def test_version(self):
        version = gctest.gilcheck("--version").text
        number = re.fullmatch(r"gilcheck (\S+) \(database \d{4}\.\d{2}\)\n", version).group(1)
        self.assertIn(f'"gilcheck {number}"', (gctest.SOURCE / "docs/gilcheck.1").read_text())
        self.assertIn(f"gilcheck {number}", (gctest.SOURCE / "ChangeLog").read_text())

    def test_readme(self):
        """The examples of the README: each command that calls gilcheck prints what stands below it."""
        shutil.copytree(gctest.SOURCE / "examples", self.dir / "examples")
        text = (gctest.SOURCE / "README.md").read_text()
        calls = 0
        for block in re.findall(r"^```console\n(.*?)^```", text, re.M | re.S):
            for command, output in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.M):
                name, *arguments = shlex.split(command)
                if name != "gilcheck":
                    self.assertTrue((gctest.SOURCE / name).stat().st_mode & 0o111, command)
                    continue
                done = self.run_in(*arguments)
                self.assertEqual(done.status, 0, (command, done.messages))
                self.assertEqual(done.text, output, command)
                calls += 1
        self.assertGreater(calls, 4)

    def test_links(self):
        """Files that the README names are there."""
        for link in re.findall(r"\]\(([^):]+)\)", (gctest.SOURCE / "README.md").read_text()):
            self.assertTrue((gctest.SOURCE / link).exists(), link)


if __name__ == "__main__":
    gctest.main()
