echo unread
