import os
import subprocess
from unittest import mock

from join.shell import k3s, k3s_data
from join.shell.test_node import Node


class Files(Node):
    def test_a_certificate_is_given_to_the_byte(self) -> None:
        text = '-----BEGIN CERTIFICATE-----\r\nAAAA\n'
        with open(k3s.CA, 'wb') as file:
            file.write(text.encode())
        self.assertEqual(k3s_data.certificate(k3s.CA), text)

    def test_there_may_be_none(self) -> None:
        self.assertIsNone(k3s_data.certificate(k3s.CA))
        with open(k3s.CA, 'wb') as file:
            file.write(b'\xff')
        self.assertIsNone(k3s_data.certificate(k3s.CA))

    def test_no_more_is_read_than_a_ca_has(self) -> None:
        self.write(k3s.CA, 'x' * (k3s_data.MOST_BYTES + 1))
        self.assertEqual(len(k3s_data.certificate(k3s.CA) or ''), k3s_data.MOST_BYTES)

    def test_a_tombstone_is_known_by_its_time(self) -> None:
        self.assertIsNone(k3s_data.tombstone())
        self.bury(1000)
        self.assertEqual(k3s_data.tombstone(), 1000 * 10 ** 9)


class Kubectl(Node):
    def test_its_failure_is_its_status(self) -> None:
        self.assertEqual(k3s_data.kubectl('get', 'nodes').returncode, 1, 'there is no k3s')
        late = subprocess.TimeoutExpired('k3s', 30)
        with mock.patch.object(subprocess, 'run', side_effect=late):
            self.assertIn('timed out', k3s_data.kubectl('get', 'nodes').stderr)
        self.write(k3s.PROGRAM, '#!/bin/sh\necho "$@"; cat\n')
        os.chmod(k3s.PROGRAM, 0o755)
        self.assertEqual(k3s_data.kubectl('create', '-f', '-', stdin='x').stdout, 'kubectl create -f -\nx')
