# A web server for the files below /workspace. Perl is part of the base system of Debian, so no
# runtime is needed for it. One process for each connection; /health is for the platform.
use strict;
use warnings;
use IO::Socket::INET;
use POSIX ':sys_wait_h';

my $root = '/workspace';
my $most_connections = 32;
my $idle_seconds = 60;
my %types = (
    css => 'text/css', csv => 'text/csv', gif => 'image/gif', htm => 'text/html',
    html => 'text/html', ico => 'image/x-icon', jpeg => 'image/jpeg', jpg => 'image/jpeg',
    js => 'text/javascript', json => 'application/json', md => 'text/markdown',
    mjs => 'text/javascript', pdf => 'application/pdf', png => 'image/png', svg => 'image/svg+xml',
    txt => 'text/plain', wasm => 'application/wasm', webp => 'image/webp', xml => 'text/xml',
);
my %reasons = (
    200 => 'OK', 301 => 'Moved Permanently', 400 => 'Bad Request', 404 => 'Not Found',
    405 => 'Method Not Allowed',
);

sub head {
    my ($status, $type, $length) = @_;
    $type .= '; charset=utf-8' if $type =~ m{^text/|json};
    return "HTTP/1.1 $status $reasons{$status}\r\nContent-Type: $type\r\n"
        . "Content-Length: $length\r\nCache-Control: no-cache\r\n\r\n";
}

sub say_text {
    my ($client, $method, $status, $text, $type) = @_;
    my $body = $method eq 'HEAD' ? '' : $text;
    print {$client} head($status, $type // 'text/plain', length $text), $body;
}

sub moved {
    my ($client, $path) = @_;
    print {$client} "HTTP/1.1 301 $reasons{301}\r\nLocation: $path/\r\nContent-Length: 0\r\n\r\n";
}

sub escaped {
    my ($text) = @_;
    my %entities = ('&' => '&amp;', '<' => '&lt;', '>' => '&gt;', '"' => '&quot;');
    $text =~ s/([&<>"])/$entities{$1}/g;
    return $text;
}

sub listing {
    my ($folder, $path) = @_;
    opendir my $handle, $folder or return undef;
    my @names = sort grep { !/^\./ } readdir $handle;
    my $lines = '';
    for my $name (@names) {
        my $shown = -d "$folder/$name" ? "$name/" : $name;
        (my $link = $shown) =~ s{([^A-Za-z0-9._~/-])}{sprintf '%%%02X', ord $1}ge;
        $lines .= '<li><a href="./' . $link . '">' . escaped($shown) . "</a></li>\n";
    }
    my $title = escaped($path);
    return "<!doctype html>\n<title>$title</title>\n<h1>$title</h1>\n<ul>\n$lines</ul>\n";
}

sub send_file {
    my ($client, $method, $file) = @_;
    open my $handle, '<:raw', $file or return 0;
    my $left = -s $handle;
    my ($ending) = lc($file) =~ /\.([a-z0-9]+)$/;
    print {$client} head(200, $types{$ending // ''} // 'application/octet-stream', $left);
    return 1 if $method eq 'HEAD';
    # Never more than was announced, if the file grows meanwhile; less ends the connection.
    while ($left > 0) {
        my $got = read $handle, my $chunk, $left < 65536 ? $left : 65536;
        exit 0 if !$got;
        print {$client} $chunk or exit 0;
        $left -= $got;
    }
    return 1;
}

sub answer {
    my ($client, $method, $path) = @_;
    return say_text($client, $method, 405, "only GET and HEAD\n") if $method !~ /^(?:GET|HEAD)$/;
    return say_text($client, $method, 200, "ok\n") if $path eq '/health';
    my $asked = $path;
    $path =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge;
    if ($path !~ m{^/} || $path =~ m{/\.\.(?:/|$)|\0}) {
        return say_text($client, $method, 400, "bad path\n");
    }
    my $file = $root . $path;
    if (-d $file) {
        return moved($client, $asked) if $path !~ m{/$};
        return if -f "$file/index.html" && send_file($client, $method, "$file/index.html");
        my $page = listing($file, $path);
        return say_text($client, $method, 200, $page, 'text/html') if defined $page;
    }
    return if -f $file && send_file($client, $method, $file);
    say_text($client, $method, 404, "not found\n");
}

sub serve {
    my ($client) = @_;
    local $SIG{ALRM} = sub { exit 0 };
    binmode $client;
    for (;;) {
        alarm $idle_seconds;
        my $line = <$client> // return;
        my ($method, $path, $version) = $line =~ m{^([A-Z]+) ([^ ?]+)\S* HTTP/1\.([01])\r?$} or return;
        my $is_kept = $version == 1;
        my $bytes = 0;
        while (my $header = <$client>) {
            $bytes += length $header;
            return if $bytes > 65536;
            last if $header =~ /^\r?\n$/;
            $is_kept = 0 if $header =~ /^connection:\s*close/i || $header =~ /^content-length:\s*[1-9]/i;
        }
        answer($client, $method, $path);
        $client->flush;
        return if !$is_kept;
    }
}

$SIG{PIPE} = 'IGNORE';
my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1:3000', Listen => 64, ReuseAddr => 1)
    or die "cannot listen on 127.0.0.1:3000: $@\n";
my $connections = 0;
for (;;) {
    my $client = $server->accept;
    while ($connections > 0 && waitpid(-1, $connections < $most_connections ? WNOHANG : 0) > 0) {
        $connections -= 1;
    }
    next if !$client;
    my $child = fork;
    if (defined $child && $child == 0) {
        close $server;
        serve($client);
        exit 0;
    }
    $connections += 1 if defined $child;
    close $client;
}
