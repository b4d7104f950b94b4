# perl make_countries.pl   (package libmaxmind-db-writer-perl) writes countries.mmdb into this folder
use MaxMind::DB::Writer::Tree;
my $tree = MaxMind::DB::Writer::Tree->new(
  ip_version => 6, record_size => 24, database_type => 'Test-Country', languages => ['en'],
  description => { en => 'Made-up countries of documentation networks' },
  alias_ipv6_to_ipv4 => 1, remove_reserved_networks => 0,
  map_key_type_callback => sub { { country => 'map', iso_code => 'utf8_string', country_code => 'utf8_string' }->{$_[0]} });
$tree->insert_network('192.0.2.0/24', { country => { iso_code => 'DE' } });
$tree->insert_network('198.51.100.0/24', { country => { iso_code => 'FR' } });
$tree->insert_network('203.0.113.0/24', { country_code => 'IT' });
$tree->insert_network('2001:db8::/32', { country => { iso_code => 'ES' } });
$tree->insert_network('2001:db8:ffff::/48', { country => { iso_code => 'Spain' } });
open my $out, '>:raw', 'countries.mmdb' or die $!;
$tree->write_tree($out);
