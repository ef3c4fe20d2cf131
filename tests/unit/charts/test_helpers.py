# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The helpers of the charts' tests can fail: on objects that are not there, on keys that stand twice, on values that helm takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import charts

TEMPLATE = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
  namespace: {{ .Release.Namespace }}
data:
  kube: {{ .Capabilities.KubeVersion.Version }}
  monitors: {{ .Capabilities.APIVersions.Has "monitoring.coreos.com/v1" | quote }}
  twice: {{ .Values.name }}
{{- if .Values.again }}
  twice: again
{{- end }}
{{- if .Values.fails }}{{ fail "no such thing" }}{{ end }}
"""


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: small\nversion: 0.1.0\n", encoding="utf-8")
    (tmp_path / "values.yaml").write_text("name: one\nagain: false\nfails: false\n", encoding="utf-8")
    (tmp_path / "templates/map.yaml").write_text(TEMPLATE, encoding="utf-8")
    (tmp_path / "templates/other.yaml").write_text(TEMPLATE.replace("Release.Name }}", "Release.Name }}-other"), encoding="utf-8")
    return tmp_path


def test_what_helm_is_told(chart: Path) -> None:
    (found,) = charts.render(
        chart,
        {"name": "two"},
        release="mine",
        namespace="here",
        api_versions=["monitoring.coreos.com/v1"],
        show_only=["templates/map.yaml"],
        kube_version="1.30.0",
    )
    assert found["metadata"] == {"name": "mine", "namespace": "here"}
    assert found["data"] == {"kube": "v1.30.0", "monitors": "true", "twice": "two"}


def test_a_rendering_is_the_caller_s_own(chart: Path) -> None:
    charts.render(chart)[0]["kind"] = "Secret"
    assert charts.render(chart)[0]["kind"] == "ConfigMap"


def test_a_chart_that_changes_is_rendered_anew(chart: Path) -> None:
    assert charts.render(chart)[0]["data"]["twice"] == "one"
    (chart / "values.yaml").write_text("name: three\n", encoding="utf-8")
    assert charts.render(chart)[0]["data"]["twice"] == "three"


def test_a_key_that_stands_twice(chart: Path) -> None:
    with pytest.raises(AssertionError, match="a key stands twice"):
        charts.render(chart, {"again": True})


def test_an_object_that_is_not_there(chart: Path) -> None:
    objects = charts.render(chart)
    assert charts.find(objects, "ConfigMap", "release-other")["data"]["twice"] == "one"
    with pytest.raises(AssertionError, match="no ConfigMap 'no'; there are: release, release-other"):
        charts.find(objects, "ConfigMap", "no")
    with pytest.raises(AssertionError, match="two objects ConfigMap 'release'"):
        charts.named([objects[0], objects[0]], "ConfigMap")


def test_refusals(chart: Path) -> None:
    assert "no such thing" in charts.refused(chart, {"fails": True})
    with pytest.raises(AssertionError, match="helm took the values"):
        charts.refused(chart)
    (chart / "templates/broken.yaml").write_text("{{ .Values.x", encoding="utf-8")
    with pytest.raises(charts.Refused):
        charts.lint(chart)


def test_a_variable_that_is_given_twice() -> None:
    with pytest.raises(AssertionError, match=r"given twice: \['A'\]"):
        charts.environment({"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]})
